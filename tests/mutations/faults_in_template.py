"""Faults in template.yaml: a permission or an alarm that is missing."""

from typing import Final

from tests.mutations.fault import TEMPLATE, Fault

PERMISSIONS: Final = (
    Fault(
        name="delivery may release claims of counters",
        file=TEMPLATE,
        text="                  - dynamodb:BatchWriteItem\n",
        replacement="",
        tests=("tests/functions/test_deliver_events.py",),
    ),
    Fault(
        name="delivery may hide events for longer",
        file=TEMPLATE,
        text="                  - sqs:ChangeMessageVisibility\n",
        replacement="",
        tests=("tests/functions/test_deliver_events.py",),
    ),
    Fault(
        name="delivery may count suppressed events",
        file=TEMPLATE,
        text="dynamodb:Attributes: [id, events, last_event_at]",
        replacement="dynamodb:Attributes: [id, events]",
        tests=("tests/functions/test_suppression_key.py",),
    ),
    Fault(
        name="delivery may not change who is suppressed",
        file=TEMPLATE,
        text="dynamodb:Attributes: [id, events, last_event_at]",
        replacement="dynamodb:Attributes: [id, events, last_event_at, holders]",
        tests=("tests/permissions/test_roles.py",),
    ),
    Fault(
        name="the worker may find what is due",
        file=TEMPLATE,
        text='!Sub "${Regulations.Arn}/index/due"',
        replacement='!Sub "${Regulations.Arn}/index/made"',
        tests=("tests/functions/test_interrupted_regulations.py",),
    ),
)
ALARMS: Final = tuple(
    Fault(
        name=f"{alarm} fires",
        file=TEMPLATE,
        text=f"\n  {alarm}:\n",
        # Nobody is mailed in the tests, so the alarm does not exist.
        replacement=f"\n  {alarm}:\n    Condition: AlarmsAreMailed\n",
        tests=(f"tests/alarms/test_trials.py::test_stop_fires_its_alarms_in_time[{stop}]",),
    )
    for alarm, stop in (
        ("DeadEventsAlarm", "dead-events"),
        ("SilentDeletionsAlarm", "deletions-source"),
        ("UnreadDeletionMessagesAlarm", "deletions-source"),
    )
)
