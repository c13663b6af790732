"""MiniStack, with a CloudFormation that is closer to AWS; run by MiniStack's own Python.

By itself, it makes rules on event buses that do not exist: AWS does not, and neither does its own
EventBridge. It gives what a stack creates the names that an earlier stack of the same name gave, so
that the second one silently uses the table that the first one left; those of log groups look
different. It finds neither secrets nor log groups by tag. And it tags queues and tables with the
name of their stack, which AWS does not.
"""

import hashlib
import sys
from collections.abc import Iterator
from typing import Any, Final

from ministack.app import main  # type: ignore[import-not-found]  # in an environment of its own
from ministack.services import (  # type: ignore[import-not-found]
    cloudformation,
    cloudwatch_logs,
    eventbridge,
    tagging,
)
from ministack.services.cloudformation import provisioners  # type: ignore[import-not-found]

RULES: Final = provisioners._RESOURCE_HANDLERS["AWS::Events::Rule"]  # noqa: SLF001 - no other way
GROUPS: Final = provisioners._RESOURCE_HANDLERS["AWS::Logs::LogGroup"]  # noqa: SLF001
SUFFIX: Final = 13  # characters that make a generated name unique

create_rule = RULES["create"]
create_group, update_group = GROUPS["create"], GROUPS["update"]
generate_name = provisioners._physical_name  # noqa: SLF001


def create_rule_on_bus(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    """Create a rule; raises ValueError, which fails the resource, when its bus does not exist."""
    bus = provisioners._eb_rule_bus_name(properties)  # noqa: SLF001
    if bus != "default" and bus not in eventbridge._event_buses:  # noqa: SLF001
        raise ValueError(
            f"Event bus {bus} does not exist. (Service: EventBridge; Status Code: 400)"
        )
    return create_rule(logical_id, properties, stack)


def generate_name_for_stack(stack: str, logical_id: str, **options: Any) -> str:
    """Generate a name that no other stack, of the same name or not, ever has."""
    name: str = generate_name(stack, logical_id, **options)
    stack_id = cloudformation._stacks.get(stack, {}).get("StackId", "")  # noqa: SLF001
    suffix = hashlib.sha256(f"{name}:{stack_id}".encode()).hexdigest()[:SUFFIX]
    return name[:-SUFFIX] + (suffix if options.get("lowercase") else suffix.upper())


def create_named_group(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    """Create a log group, with a generated name."""
    return create_group(logical_id, named(logical_id, properties, stack), stack)


def update_named_group(
    name: str, before: dict[str, Any], after: dict[str, Any], stack: str, logical_id: str
) -> Any:
    """Update a log group with a generated name."""
    return update_group(name, before, named(logical_id, after, stack), stack, logical_id)


def named(logical_id: str, properties: dict[str, Any], stack: str) -> dict[str, Any]:
    """Return the properties of a log group with the name that AWS would generate."""
    return {"LogGroupName": generate_name_for_stack(stack, logical_id), **properties}


def tags_of_groups() -> Iterator[tuple[str, Any]]:
    """Yield the ARN and the tags of each log group."""
    for group in cloudwatch_logs._log_groups.values():  # noqa: SLF001
        yield group["arn"], tagging._normalise_flat(group.get("tags"))  # noqa: SLF001


if __name__ == "__main__":
    RULES["create"] = create_rule_on_bus
    provisioners._physical_name = generate_name_for_stack  # noqa: SLF001
    GROUPS.update(create=create_named_group, update=update_named_group)
    for untagged in ("AWS::SQS::Queue", "AWS::DynamoDB::Table"):
        # The template's own tags stay.
        del provisioners._STACK_TAG_PROPERTY[untagged]  # noqa: SLF001
    tagging._COLLECTORS["logs"] = tags_of_groups  # noqa: SLF001
    tagging._COLLECTORS["secretsmanager"] = tagging._collect_secretsmanager  # noqa: SLF001
    sys.exit(main())
