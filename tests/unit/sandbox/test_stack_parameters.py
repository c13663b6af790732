"""The sandbox leaves out what MiniStack cannot deploy, and nothing else."""

from sandbox.stack import NOT_IN_MINISTACK
from tests.template.stack import Stack, expand_template


def types_of(parameters: dict[str, str]) -> set[str]:
    """The types of resources in a stack with these parameters."""
    stack = Stack(expand_template(), parameters)
    return {resource["Type"] for resource in stack.resources.values()}


def test_parameters_of_the_sandbox_leave_out_what_ministack_cannot_deploy() -> None:
    """Each type in the list is one of the template, and its parameter leaves out only this type."""
    left_out = {
        resource: types_of({}) - types_of({parameter: "no"})
        for resource, parameter in NOT_IN_MINISTACK.items()
    }
    assert left_out == {resource: {resource} for resource in NOT_IN_MINISTACK}
