"""Each fault of a stack changes its own line of doctor, and no other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import boto3
import pytest

from rudder_mixpanel_cli.alarms import checks as alarm_checks
from rudder_mixpanel_cli.doctor.checks import ordered_checks
from rudder_mixpanel_cli.regulations import checks as regulation_checks
from rudder_mixpanel_cli.resources import checks as resource_checks
from rudder_mixpanel_cli.settings import checks as setting_checks
from tests.unit.cli.doctor.account import CREDENTIALS, TOKEN, WEBHOOK, Account, lines
from tests.unit.cli.doctor.conftest import ANALYST, EUROPEAN, OTHER

del alarm_checks
CLIENTS = "CredentialsSecretName"
DELETION = "DeletionCredentialsSecretName"
TOKENS = "WebhookTokensSecretName"
KEYS = "WriteKeysSecretName"
LATER = datetime(2027, 3, 10, tzinfo=UTC)


class Fault(NamedTuple):
    """How to break a healthy stack, the line that shows it, its level and words of it."""

    name: str
    line: str
    level: str
    words: str
    break_: Callable[[Account], Any]


def tomorrow() -> str:
    """A time that tokens expire at."""
    return (regulation_checks.current_time() + timedelta(days=1)).isoformat()


def expire(output: str, content: dict[str, Any]) -> Callable[[Account], Any]:
    """Have the first token or key of a secret expire tomorrow."""
    (name, (entry,)) = next(iter(content.items()))
    return lambda account: account.put_secret(output, {name: [{**entry, "expires": tomorrow()}]})


def fail_alarm(account: Account) -> None:
    """Have an alarm fire."""
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName="prod: Kept events", StateValue="ALARM", StateReason="made up"
    )


def unprotect(account: Account) -> None:
    """Switch the deletion protection of a table off."""
    boto3.client("dynamodb").update_table(
        TableName=account.id("Suppressions"), DeletionProtectionEnabled=False
    )


def suppress_under_another_key(account: Account) -> None:
    """Have a table that was begun with another key."""
    boto3.client("dynamodb").put_item(
        TableName=account.id("Suppressions"),
        Item={"id": {"S": "check"}, "check_value": {"S": "0" * 32}},
    )


def suppress_without_check_value(account: Account) -> None:
    """Have a table whose check value was lost."""
    boto3.client("dynamodb").put_item(
        TableName=account.id("Suppressions"), Item={"id": {"S": "somebody"}}
    )


def disable_mapping(account: Account) -> None:
    """Switch the mapping of the events queue off."""
    boto3.client("lambda").update_event_source_mapping(
        UUID=account.id("DeliverEventsFunctionEvents"), Enabled=False
    )


def disable_rule(account: Account) -> None:
    """Switch the schedule of deletions off."""
    boto3.client("events").disable_rule(Name=account.id("DeletionsSchedule"))


def in_europe(account: Account) -> None:
    """Have the settings and the function name a region that the project is not in."""
    account.set(dataResidency="eu")
    account.use_mixpanel(f"{account.mixpanel_url}/eu")


def leave(service: str, **made: Any) -> Callable[[Account], Any]:
    """Have an earlier stack left something."""
    (method, arguments), *_ = made.items()
    return lambda account: getattr(boto3.client(service), method)(**arguments)  # type: ignore[call-overload]


S = "settings"
FAULTS = [
    Fault("other version", "stack", "warning", "this command is 9.9.9", lambda _: None),
    Fault("wrong clock", "clock", "warning", "600 s ahead of AWS's", lambda _: None),
    Fault(
        "crashes", "functions", "warning", "DeliverEventsFunction failed 3 times",
        lambda account: account.measure("AWS/Lambda", "Errors", "DeliverEventsFunction", 3),
    ),
    Fault(
        "mapping disabled", "event sources", "failure",
        "DeliverEventsFunctionEvents is disabled", disable_mapping,
    ),
    Fault(
        "schedule disabled", "event sources", "failure", "DeletionsSchedule is disabled",
        disable_rule,
    ),
    Fault("table unprotected", "tables", "warning", "Suppressions can be deleted", unprotect),
    Fault("settings not set", S, "failure", "no settings yet", lambda a: a.put_settings("not set yet")),
    Fault("settings no JSON", S, "failure", "invalid JSON at line 1, column 2", lambda a: a.put_settings("{oops")),
    Fault("settings a list", S, "failure", "not an object", lambda a: a.put_settings("[]")),
    Fault("setting invalid", S, "failure", "dataResidency", lambda a: a.set(dataResidency="europe")),
    Fault("secret in settings", S, "failure", "gdprApiToken", lambda a: a.set(gdprApiToken="x" * 40)),
    Fault("near miss", S, "warning", "did you mean people", lambda a: a.set(peopel=True)),
    Fault("preset overridden", S, "warning", "overrides compatibility rudderstack", lambda a: a.set(people=False)),
    Fault("delivery secret empty", "delivery secret", "failure", "is empty", lambda a: a.empty_secret("DeliveryCredentials")),
    Fault("delivery secret no JSON", "delivery secret", "failure", "invalid JSON", lambda a: a.put_secret(CLIENTS, TOKEN)),
    Fault("token missing", "delivery secret", "failure", "token", lambda a: a.put_credentials(token=None)),
    Fault("token a placeholder", "delivery secret", "failure", "placeholder", lambda a: a.put_credentials(token="{{ .TOKEN }}")),
    Fault("account without project", "delivery secret", "warning", "did you mean projectId", lambda a: a.put_credentials(projectid="1")),
    Fault("not strict", "strict mode", "warning", "without saying which", lambda a: a.set(strictMode=False)),
    Fault("too old events", "event age", "warning", "over five years", lambda a: a.set(maxEventAgeDays=4000)),
    Fault("reserved group key", "group keys", "warning", "$company", lambda a: a.set(groupKeySettings=["$company"])),
    Fault("repeated group key", "group keys", "warning", "more than once: a.", lambda a: a.set(groupKeySettings=["a", "a"])),
    Fault("API secret", "API secret", "warning", "in ", lambda a: (a.set(importAuth="apiSecret"), a.put_credentials(apiSecret="5ec7e7" * 5))),
    Fault("unknown token", "project token", "failure", "no project has it", lambda a: a.put_credentials(token="beef" * 8)),
    Fault("wrong region", "project token", "failure", "accepts it in region us", in_europe),
    Fault("Mixpanel out of reach", "project token", "warning", "ConnectError", lambda a: a.use_mixpanel("http://127.0.0.1:9")),
    Fault("wrong secret of the account", "import", "failure", "serviceAccountSecret is wrong", lambda a: a.put_credentials(serviceAccountSecret="wrong")),
    Fault("unknown account", "import", "failure", "no service account has this", lambda a: a.put_credentials(serviceAccountUserName="x.mp-service-account")),
    Fault("role too low", "import", "failure", "its role is too low", lambda a: a.put_credentials(serviceAccountUserName=ANALYST.username)),
    Fault("not a member", "import", "failure", "not a member", lambda a: a.put_credentials(projectId="2")),
    Fault("token of another project", "project", "failure", "not that of project 1", lambda a: a.put_credentials(token=OTHER.token)),
    Fault("old events", "events queue", "warning", "the oldest is 2 hours old", lambda a: (a.send("EventsQueue"), a.measure("AWS/SQS", "ApproximateAgeOfOldestMessage", "EventsQueue", 7300))),
    Fault("rejected events", "rejected events", "warning", "2 events were rejected", lambda a: a.send("RejectedQueue", 2)),
    Fault("dead events", "dead events", "failure", "1 event was given up", lambda a: a.send("EventsDeadLetterQueue")),
    Fault("undelivered events", "EventBridge", "failure", "could not put 1", lambda a: a.send("UndeliveredByEventBridgeQueue")),
    Fault("dead deletions", "deletions queue", "warning", "crashed the function", lambda a: a.send("DeletionsDeadLetterQueue")),
    Fault("deletions asleep", "deletions queue", "failure", "deletions do not run", lambda a: a.measure("AWS/SQS", "ApproximateAgeOfOldestMessage", "DeletionsQueue", 9000)),
    Fault("short webhook token", "webhook tokens", "failure", "malformed", lambda a: a.put_secret(TOKENS, {"tokens": [{**WEBHOOK, "token": "short"}]})),
    Fault("token without scopes", "webhook tokens", "failure", "scopes", lambda a: a.put_secret(TOKENS, {"tokens": [{**WEBHOOK, "scopes": []}]})),
    Fault("webhook token expires", "webhook tokens", "warning", "privacy expires on", expire(TOKENS, {"tokens": [WEBHOOK]})),
    Fault("worker without project", "webhook tokens", "failure", "no projectToken", lambda a: a.put_secret(TOKENS, {"tokens": [{**WEBHOOK, "scopes": ["worker"]}]})),
    Fault("deletion secret empty", "deletion secret", "failure", "nobody would be deleted", lambda a: a.empty_secret("DeletionCredentials")),
    Fault("GDPR token missing", "deletion secret", "failure", "gdprApiToken is missing", lambda a: a.put_secret(DELETION, {"token": TOKEN})),
    Fault("GDPR token old", "GDPR token", "warning", "340 days ago", lambda a: a.age_secret("DeletionCredentials", timedelta(days=340))),
    Fault("GDPR token expired", "GDPR token", "failure", "it has expired", lambda a: a.age_secret("DeletionCredentials", timedelta(days=370))),
    Fault("another suppression key", "suppression key", "failure", "not that of the table", suppress_under_another_key),
    Fault("check value lost", "suppression key", "failure", "no check value", suppress_without_check_value),
    Fault("suppression key lost", "suppression key", "failure", "empty or too short", lambda a: a.empty_secret("SuppressionKey")),
    Fault("write keys missing", "write keys", "failure", "There are none", lambda a: a.empty_secret("WriteKeys")),
    Fault("write keys malformed", "write keys", "failure", "malformed", lambda a: a.put_secret(KEYS, {"writeKeys": [{"writeKey": "short"}]})),
    Fault("write key expires", "write keys", "warning", "web expires on", expire(KEYS, {"writeKeys": [{"source": "web", "writeKey": "k" * 20}]})),
    Fault("alarm fires", "alarms", "warning", '"Kept events" fires since', fail_alarm),
    Fault("alarm muted", "alarms", "warning", "switched off", lambda _: boto3.client("cloudwatch").disable_alarm_actions(AlarmNames=["prod: Dead events"])),
    Fault("mail not confirmed", "alarm recipients", "warning", "have not confirmed", lambda a: a.unconfirm()),
    Fault("secret left", "leftovers", "warning", "1 secret", leave("secretsmanager", create_secret={"Name": "rudder-mixpanel/prod/write-keys-0"})),
    Fault("queue left", "leftovers", "warning", "1 queue", leave("sqs", create_queue={"QueueName": "prod-EventsQueue-OLD"})),
]
# Lines that cannot be checked before another one is fixed.
WAITING = "Not checked until "


@pytest.fixture
def healthy(account: Account, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A healthy stack; a few faults are of this machine."""
    if fault.name == "other version":
        monkeypatch.setattr(resource_checks, "__version__", "9.9.9")
    if fault.name == "wrong clock":
        now = resource_checks.current_time() + timedelta(minutes=10)
        monkeypatch.setattr(resource_checks, "current_time", lambda: now)
    return account


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_breaks_its_own_line(healthy: Account, fault: Fault) -> None:
    """The others stay as they are, or wait for it."""
    fault.break_(healthy)
    broken = [line for line in lines() if line["level"] in {"warning", "failure"}]
    shown = [(line["name"], line["level"], fault.words in line["text"]) for line in broken]
    assert shown == [(fault.line, fault.level, True)], broken
    assert broken[0]["advice"]


def test_every_check_has_a_fault() -> None:
    """No line is only ever ok."""
    assert {fault.line for fault in FAULTS} == {check.name for check in ordered_checks()}
