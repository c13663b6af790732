"""Checks that Lambda may run as many functions at once as the stack needs."""

from collections.abc import Iterator
from typing import Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, ok, warning

MAPPING: Final = "DeliverEventsFunctionEvents"
# What else runs beside the deliveries: one invocation of delete_users, and some of each API.
OTHERS: Final = 1
OF_AN_API: Final = 5
APIS: Final = ("RegulationsApiFunction", "ReceiveEventsFunction")
ADVICE: Final = (
    "Ask for more in the console under Service Quotas, AWS Lambda, Concurrent executions, or "
    "deploy with a lower MaximumConcurrency: see docs/limits.md."
)


@check("concurrency")
def check_concurrency(stack: DeployedStack) -> Iterator[Finding]:
    """Lambda may run as many functions at once in this account and region as the stack needs.

    Ask for a higher quota, or lower `MaximumConcurrency`: [limits.md](limits.md#a-new-account).
    """
    deliveries, needed = maximum_concurrency(stack), needed_concurrency(stack)
    allowed = unreserved_concurrency(stack)
    if allowed >= needed:
        yield ok(f"{allowed:,} invocations allowed, of which the stack needs {needed}.")
    else:
        yield warning(
            f"{allowed:,} invocations allowed at once in this account and region, and the stack "
            f"needs {needed}: {deliveries} deliver events, and the rest answers requests.",
            ADVICE,
        )


def needed_concurrency(stack: DeployedStack) -> int:
    """The concurrency that the stack needs of what no function has reserved."""
    functions = stack.of_type("AWS::Lambda::Function")
    apis = [functions[name] for name in APIS if name in functions]
    sharing = [name for name in apis if not has_reserved(stack, name)]
    return maximum_concurrency(stack) + OTHERS + OF_AN_API * len(sharing)


def has_reserved(stack: DeployedStack, function: str) -> bool:
    """Whether a function has reserved concurrency of its own."""
    response = stack.client("lambda").get_function_concurrency(FunctionName=function)
    return bool(response.get("ReservedConcurrentExecutions"))


def maximum_concurrency(stack: DeployedStack) -> int:
    """How many batches of events are delivered at once."""
    uuid = stack.of_type("AWS::Lambda::EventSourceMapping")[MAPPING]
    mapping = stack.client("lambda").get_event_source_mapping(UUID=uuid)
    most: int = mapping["ScalingConfig"]["MaximumConcurrency"]
    return most


def unreserved_concurrency(stack: DeployedStack) -> int:
    """How many invocations may run at once that no function has reserved."""
    limit = stack.client("lambda").get_account_settings()["AccountLimit"]
    allowed: int = limit["UnreservedConcurrentExecutions"]
    return allowed
