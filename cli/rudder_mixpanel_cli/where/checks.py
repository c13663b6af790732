"""The check of what keeps events from being delivered at the moment, as the log says."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, ok, warning
from rudder_mixpanel_cli.queues.cause_summary import advice
from rudder_mixpanel_cli.times import current_time

# A kept event is tried again within eighteen minutes, and is logged each time.
RECENT: Final = timedelta(minutes=18)
# The message of the lines about kept events
KEPT: Final = "events kept"
# Pages of the log that are read at most; the newest lines are on the last.
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
    yield warning(f"Attempts within 18 minutes that kept events, by code: {counted}.", told(most))


def told(code: str) -> str:
    """What to do about a code, if this version knows it."""
    return advice(Code[code]) if code in Code.__members__ else "Install the stack's version."


def kept_lines(stack: DeployedStack) -> Iterator[dict[str, Any]]:
    """The recent log lines about kept events."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    since = current_time() - RECENT
    found = pages.paginate(
        logGroupName=stack.output("DeliverEventsLogGroupName"),
        filterPattern=f'"{KEPT}"',
        startTime=int(since.timestamp() * 1000),
    )
    for _, page in zip(range(MOST_PAGES), found, strict=False):
        for event in page["events"]:
            # The pattern may also match within a line about something else.
            with suppress(json.JSONDecodeError):
                line = json.loads(event["message"])
                if isinstance(line, dict) and line.get("message") == KEPT:
                    yield line
