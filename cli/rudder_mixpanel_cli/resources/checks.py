"""Checks of the stack itself: version, clock, functions, what starts them, and tables."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final

from rudder_mixpanel import __version__
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, skipped, warning
from rudder_mixpanel_cli.resources.metrics import recent_metrics
from rudder_mixpanel_cli.times import current_time

DEPLOYED: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
ROLLED_BACK: Final = frozenset({"UPDATE_ROLLBACK_COMPLETE"})
# Seconds; AWS refuses requests whose time is five minutes off.
SKEW: Final = 60


@check("stack")
def check_stack(stack: DeployedStack) -> Iterator[Finding]:
    """The stack is completely deployed, in the version of this command.

    Deploy again with `make deploy`, or install the command of the deployed version.
    """
    status = stack.description["StackStatus"]
    deployed = stack.outputs.get("Version", "unknown")
    region = stack.client("cloudformation").meta.region_name
    if status.endswith("_IN_PROGRESS"):
        yield warning(f"A deployment is in progress ({status}).", "Wait until it is done.")
    elif status in ROLLED_BACK:
        text = "The last deployment failed and was rolled back."
        yield warning(text, "CloudFormation's events of the stack say why. Deploy again.")
    elif status not in DEPLOYED:
        text = f"The stack is not completely deployed ({status})."
        yield failure(text, "CloudFormation's events of the stack say why. Deploy again.")
    elif deployed != __version__:
        yield warning(
            f"Version {deployed} is deployed, and this command is {__version__}.",
            "Deploy again, or use the command of that version: its checks may differ.",
        )
    else:
        yield ok(f"{stack.name} in {region} has version {deployed}, as this command.")


@check("clock")
def check_clock(stack: DeployedStack) -> Iterator[Finding]:
    """The clock of this machine agrees with that of AWS.

    Set the clock: AWS rejects requests of a wrong time, and times in the output mislead.
    """
    response = stack.client("sts").get_caller_identity()
    date = response["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        yield skipped("AWS does not tell its time.")
        return
    off = (current_time() - parsedate_to_datetime(date)).total_seconds()
    if abs(off) > SKEW:
        side = "ahead of" if off > 0 else "behind"
        yield warning(f"This machine's clock is {abs(off):.0f} s {side} AWS's.", "Set the clock.")
    else:
        yield ok("This machine's clock agrees with AWS's.")


@check("functions")
def check_functions(stack: DeployedStack) -> Iterator[Finding]:
    """The functions are active, and have not crashed within an hour.

    Read the log group that the line names: a crash leaves a traceback, or a `REPORT` line with the
    full memory or time.
    """
    functions = stack.of_type("AWS::Lambda::Function")
    found = [
        finding
        for name, function in functions.items()
        if (finding := function_finding(stack, name, function))
    ]
    yield from found or [ok(f"All {len(functions)} are active, without an error in an hour.")]


def function_finding(stack: DeployedStack, name: str, function: str) -> Finding | None:
    """What is wrong with a function, if anything."""
    configuration = stack.client("lambda").get_function_configuration(FunctionName=function)
    state, update = configuration.get("State"), configuration.get("LastUpdateStatus")
    if state not in {"Active", "Inactive", None} or update not in {"Successful", None}:
        text = f"{name} is not active: state {state}, last update {update}."
        return failure(text, f"Read why: {reason_command(function)}")
    if errors := recent_metrics(stack).get(name, 0):
        group = log_group_of(configuration)
        times = "once" if errors == 1 else f"{errors:.0f} times"
        text = f"{name} failed {times} within an hour."
        return warning(text, f"Look at its log: aws logs tail {group} --since 1h.")
    return None


def reason_command(function: str) -> str:
    """The command that shows why a function is not active."""
    reasons = "'[StateReason, LastUpdateStatusReason]'"
    command = "aws lambda get-function-configuration --function-name"
    return f"{command} {function} --query {reasons}"


def log_group_of(configuration: dict[str, Any]) -> str:
    """The log group of a function."""
    default = f"/aws/lambda/{configuration['FunctionName']}"
    group: str = configuration.get("LoggingConfig", {}).get("LogGroup", default)
    return group


@check("event sources")
def check_event_sources(stack: DeployedStack) -> Iterator[Finding]:
    """Whatever starts the functions is enabled: mappings of queues, and rules of EventBridge.

    Enable what the line names, with the command that it shows: a deployment does not.
    """
    mappings = stack.of_type("AWS::Lambda::EventSourceMapping")
    rules = stack.of_type("AWS::Events::Rule")
    found = [
        *(mapping_finding(stack, name, uuid) for name, uuid in mappings.items()),
        *(rule_finding(stack, name, rule) for name, rule in rules.items()),
    ]
    wrong = [finding for finding in found if finding]
    yield from wrong or [ok(f"All {len(found)} are enabled.")]


def mapping_finding(stack: DeployedStack, name: str, uuid: str) -> Finding | None:
    """What is wrong with the mapping of a queue to a function, if anything."""
    mapping = stack.client("lambda").get_event_source_mapping(UUID=uuid)
    if mapping["State"] in {"Enabled", "Enabling", "Creating", "Updating"}:
        return None
    text = f"{name} is {mapping['State'].lower()}: no message reaches its function."
    return failure(text, f"aws lambda update-event-source-mapping --enabled --uuid {uuid}")


def rule_finding(stack: DeployedStack, name: str, rule: str) -> Finding | None:
    """What is wrong with a rule of EventBridge, if anything."""
    bus, _, rule_name = rule.rpartition("|")
    where = {"EventBusName": bus} if bus else {}
    state = stack.client("events").describe_rule(Name=rule_name, **where)["State"]
    if state.startswith("ENABLED"):
        return None
    option = f" --event-bus-name {bus}" if bus else ""
    text = f"The rule {name} is disabled: its messages do not come."
    return failure(text, f"aws events enable-rule --name {rule_name}{option}")


@check("tables")
def check_tables(stack: DeployedStack) -> Iterator[Finding]:
    """The tables are active, and protected from being deleted.

    Switch the protection on: who is suppressed is known by these tables alone.
    """
    tables = stack.of_type("AWS::DynamoDB::Table")
    described = {
        name: stack.client("dynamodb").describe_table(TableName=table)["Table"]
        for name, table in tables.items()
    }
    found = [
        finding for name, table in described.items() if (finding := table_finding(name, table))
    ]
    yield from found or [ok(f"All {len(tables)} are active and protected from deletion.")]


def table_finding(name: str, table: dict[str, Any]) -> Finding | None:
    """What is wrong with a table, if anything."""
    if table["TableStatus"] not in {"ACTIVE", "UPDATING"}:
        text = f"The table {name} is not active ({table['TableStatus']})."
        return failure(text, 'See "Restore a table" in docs/backup.md.')
    if table.get("DeletionProtectionEnabled"):
        return None
    return warning(
        f"The table {name} can be deleted by mistake.",
        "make deploy PARAMETERS=Protection=yes; for an adopted table, aws dynamodb update-table "
        f"--deletion-protection-enabled --table-name {table['TableName']}",
    )
