"""A check of the stack's public APIs: their stages, and how those are throttled."""

from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import CHANGED_BY_HAND, Finding, check, ok, warning

STAGE: Final = "api"
ALL_METHODS: Final = "*/*"
# How the names of the parameters begin that limit each API.
LIMITED: Final = {"RegulationsApi": "Regulations", "EventsApi": "Events"}


@check("gateways")
def check_gateways(stack: DeployedStack) -> Iterator[Finding]:
    """Each API has one public stage, which is throttled as the parameters say.

    Delete the stage that an earlier version has left, or set the throttle again, with the
    command that the line shows.
    """
    apis = stack.of_type("AWS::ApiGateway::RestApi")
    found = [
        finding
        for name, api in apis.items()
        for stage in stack.client("apigateway").get_stages(restApiId=api)["item"]
        if (finding := stage_finding(stack, name, api, stage))
    ]
    yield from found or [ok(f"All {len(apis)} have one stage, which is throttled.")]


def stage_finding(
    stack: DeployedStack, name: str, api: str, stage: dict[str, Any]
) -> Finding | None:
    """What is wrong with a stage of an API, if anything."""
    if stage["stageName"] != STAGE:
        return warning(
            f"{name} has a second public stage, {stage['stageName']}, which is not throttled.",
            f"aws apigateway delete-stage --rest-api-id {api} --stage-name {stage['stageName']}",
        )
    rate = stage.get("methodSettings", {}).get(ALL_METHODS, {}).get("throttlingRateLimit", -1)
    expected = parameter(stack, f"{LIMITED[name]}RateLimit")
    if rate > 0 and expected in {None, rate}:
        return None
    accepted = "any number of" if rate < 0 else f"{rate:g}"
    text = f"The throttle of {name} was changed: it accepts {accepted} requests a second."
    return warning(text, throttle_command(stack, name, api))


def throttle_command(stack: DeployedStack, name: str, api: str) -> str:
    """The command that sets the throttle of an API to what the parameters say."""
    limits = {
        limit: parameter(stack, f"{LIMITED[name]}{limit}Limit") for limit in ("Rate", "Burst")
    }
    operations = " ".join(
        f"'op=replace,path=/{ALL_METHODS}/throttling/{limit.lower()}Limit,value={value:.0f}'"
        for limit, value in limits.items()
        if value is not None
    )
    command = f"aws apigateway update-stage --rest-api-id {api} --stage-name {STAGE}"
    return f"{command} --patch-operations {operations}" if operations else CHANGED_BY_HAND


def parameter(stack: DeployedStack, name: str) -> float | None:
    """The number in a parameter of the stack; None when its version has no such parameter."""
    parameters = stack.description.get("Parameters", [])
    values = {each["ParameterKey"]: each["ParameterValue"] for each in parameters}
    return float(values[name]) if name in values else None
