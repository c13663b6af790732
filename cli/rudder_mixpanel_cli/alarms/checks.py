"""Checks of the alarms: which fire, and who is told."""

from collections.abc import Iterator
from typing import Any

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, ok, warning


@check("alarms")
def check_alarms(stack: DeployedStack) -> Iterator[Finding]:
    """No alarm fires, and none is switched off.

    What to do is in a section of [alarms.md](alarms.md), whose place or link is in the advice.
    """
    pages = stack.client("cloudwatch").get_paginator("describe_alarms")
    found = pages.paginate(AlarmNamePrefix=f"{stack.name}: ", AlarmTypes=["MetricAlarm"])
    alarms = [alarm for page in found for alarm in page["MetricAlarms"]]
    wrong = [finding for alarm in alarms if (finding := alarm_finding(alarm))]
    yield from wrong or [ok(f"None of {len(alarms)} fires.")]


def alarm_finding(alarm: dict[str, Any]) -> Finding | None:
    """What is to be said about an alarm, if anything."""
    name = alarm["AlarmName"].partition(": ")[2]
    if alarm["StateValue"] == "ALARM":
        since = alarm["StateUpdatedTimestamp"].strftime("%-d %B %Y %H:%M UTC")
        text = f'The alarm "{name}" fires since {since}.'
        return warning(text, f"See {section_of(alarm)}")
    if not alarm.get("ActionsEnabled", True):
        text = f'The actions of the alarm "{name}" are switched off: it tells nobody.'
        return warning(
            text, f'aws cloudwatch enable-alarm-actions --alarm-names "{alarm["AlarmName"]}"'
        )
    return None


def section_of(alarm: dict[str, Any]) -> str:
    """Where to read what to do: the link or path at the end of an alarm's description."""
    words: list[str] = alarm.get("AlarmDescription", "").split()
    return words[-1] if words and "#" in words[-1] else "docs/alarms.md"


@check("alarm recipients")
def check_recipients(stack: DeployedStack) -> Iterator[Finding]:
    """Somebody is told about alarms, and has confirmed it.

    Deploy with `AlarmEmail`, or subscribe something else to the topic; who gets mail must click the
    link in the first one.
    """
    topic = stack.output("AlarmsTopicArn")
    pages = stack.client("sns").get_paginator("list_subscriptions_by_topic")
    found = [
        subscription
        for page in pages.paginate(TopicArn=topic)
        for subscription in page["Subscriptions"]
    ]
    pending = [each for each in found if not each["SubscriptionArn"].startswith("arn:")]
    if not found:
        advice = "Deploy with AlarmEmail=NAME@EXAMPLE.COM, or subscribe to the topic of the stack."
        yield warning("Nobody is told when an alarm fires.", advice)
    elif pending:
        text = f"{len(pending)} of {len(found)} have not confirmed, and get no alarm."
        advice = f"Click the link in the mail from Alarms of {stack.name}, or subscribe again."
        yield warning(text, advice)
    else:
        yield ok(f"{len(found)} {'gets' if len(found) == 1 else 'get'} every alarm.")
