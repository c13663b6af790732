"""The check of what keeps events from being delivered at the moment, as the log says."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, ok, warning
from rudder_mixpanel_cli.queues.cause_summary import advice
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.log_lines import KEPT, LogLine

# A kept event is tried again within eighteen minutes, and its cause is logged each time.
RECENT: Final = timedelta(minutes=18)
# Pages of the log that are read at most, the oldest first: enough to name the causes.
MOST_PAGES: Final = 5


@check("kept events")
def check_kept_events(stack: DeployedStack) -> Iterator[Finding]:
    """No event was kept for another attempt within 18 minutes, the longest time between two.

    The [code](reasons.md#kept) says whether something must be fixed, or the wait ends by itself.
    """
    causes = Counter[str]()
    for line in kept_lines(stack):
        causes[line["code"]] += line["events"]
    if not causes:
        yield ok("None within 18 minutes.")
        return
    (most, _), *_ = causes.most_common()
    counted = ", ".join(f"{code} {count}" for code, count in causes.most_common())
    yield warning(
        f"Attempts within 18 minutes that kept events, by code: {counted}.", advice_about(most)
    )


def advice_about(name: str) -> str:
    """What to do about a code, if this version knows it."""
    return advice(Code[name]) if name in Code.__members__ else "Install the stack's version."


def kept_lines(stack: DeployedStack) -> Iterator[Mapping[str, Any]]:
    """The fields of the recent log lines about kept events."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    since = current_time() - RECENT
    found = pages.paginate(
        logGroupName=stack.output("DeliverEventsLogGroupName"),
        filterPattern=f'"{KEPT}"',
        startTime=int(since.timestamp() * 1000),
    )
    for _, page in zip(range(MOST_PAGES), found, strict=False):
        for event in page["events"]:
            line = LogLine.of(event)
            # The pattern may also match within a line about something else.
            if line is not None and line.fields.get("message") == KEPT:
                yield line.fields
