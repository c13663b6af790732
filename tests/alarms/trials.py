"""Everything that can stop: how each is stopped, and for how long the alarms are then watched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final, NoReturn
from unittest import mock

import httpx

from rudder_mixpanel.deletion.step import Tally
from rudder_mixpanel.delivery import sender
from rudder_mixpanel.errors import ConfigurationError, TableUnavailable
from tests.alarms.watched_stack import (
    DELETION,
    DELIVERY,
    RECEPTION,
    REGULATIONS_API,
    WatchedStack,
)

HOUR: Final = 60
type Change = Callable[[WatchedStack], object]
# An event that counts something, which the ledger has to know.
COUNTER: Final = {
    "type": "track",
    "event": "Bought",
    "userId": "ann",
    "properties": {"item_count": 5},
}
# An event that updates a profile, whose time the table of profiles has to know.
UPDATE: Final = {"type": "identify", "userId": "ann", "traits": {"plan": "team"}}


@dataclass(frozen=True, slots=True)
class Trial:
    """A stack in which something is stopped, and then watched for so many minutes."""

    stop: Change
    minutes: int = HOUR
    stack: Mapping[str, Any] = field(default_factory=dict)
    # Whether it is stopped again each minute.
    repeated: bool = False

    def run(self) -> dict[str, int]:
        """The alarms that fire, and after how many minutes each."""
        stack = WatchedStack(**self.stack)
        self.stop(stack)
        for _ in range(self.minutes if self.repeated else 0):
            stack.run(1)
            self.stop(stack)
        stack.run(0 if self.repeated else self.minutes)
        return stack.fired()


def set_on(part: str, name: str, value: object) -> Change:
    """Set an attribute of a part of the stack."""
    return lambda stack: setattr(getattr(stack, part), name, value)


def unreachable(table: str) -> Change:
    """Let a table of delivery not answer."""
    return lambda stack: setattr(stack.delivery.tables[table], "reachable", False)


def use_another_key(stack: WatchedStack) -> None:
    """Let the table of suppressed users belong to another key."""
    stack.delivery.suppressions.has_right_key = False


def disable(name: str) -> Change:
    """Switch an event source or the schedule off."""
    return lambda stack: setattr(stack, name, False)


def send_more(stack: WatchedStack) -> None:
    """Send twice as many events as can be delivered."""
    stack.events = 2 * stack.batches


def remove_settings(stack: WatchedStack) -> None:
    """Remove the settings of the destination."""
    stack.delivery.has_settings = False


def mixpanel_fails(fault: str) -> Change:
    """Let Mixpanel answer each request of delivery with a fault."""
    return set_on("delivery", "mixpanel_fault", fault)


def fail_in_our_code(stack: WatchedStack) -> None:
    """Let one event meet a bug."""
    with mock.patch.object(sender, "interpret_response", None):
        stack.send_events()
        stack.delivery.poll()


def requested(stack: WatchedStack, days: float = 0) -> None:
    """Have a user whose deletion was requested some days ago."""
    stack.deletion.time = stack.clock() - timedelta(days=days)
    stack.deletion.accept("ann")
    stack.deletion.time = stack.clock()


def mixpanel_answers_deletions(stack: WatchedStack, status: int) -> None:
    """Let every request for a deletion be answered with a status."""
    requested(stack)
    stack.deletion.answer = lambda _: httpx.Response(status, json={"status": "error"})


def fail(error: Exception) -> NoReturn:
    """Raise an error; raises it."""
    raise error


def client_fails(stack: WatchedStack, error: Exception) -> None:
    """Let the client of deletions fail."""
    requested(stack)
    stack.deletion.client_fails = partial(fail, error)


def once(tally: Tally) -> Change:
    """Let the function that deletes users report this, once."""

    def report(stack: WatchedStack) -> None:
        stack.deletion.tally = tally
        stack.run(1)
        stack.deletion.tally = None

    return report


def crash(function: str) -> Change:
    """Let a function die in each invocation."""
    return lambda stack: stack.crashing.add(function)


def throttle(function: str) -> Change:
    """Let Lambda not start a function."""
    return lambda stack: stack.throttled.add(function)


def refuse(function: str) -> Change:
    """Let a function answer with 500."""
    return lambda stack: stack.fail_requests(function, 1)


def lose_schedule_messages(stack: WatchedStack) -> None:
    """Let the schedule not reach its queue; EventBridge gives up after five minutes."""
    stack.schedule = False
    if stack.minute >= stack.began + 5:
        stack.undelivered_messages.send("{}")


TABLE_GONE: Final = TableUnavailable("ResourceNotFoundException")
NO_SECRET: Final = ConfigurationError("gdprApiToken", "expected in the secret")
# Each message stands for 10,000; sixty batches of them a minute are 10,000 messages a second.
FULL: Final = {"scale": 10_000, "batches": 60}

TRIALS: Final[Mapping[str, Trial]] = {
    "events-source": Trial(disable("delivery_source")),
    "capacity": Trial(send_more, 22, {**FULL, "events": 6}),
    "settings": Trial(remove_settings),
    "credentials": Trial(mixpanel_fails("json_401")),
    "mixpanel": Trial(mixpanel_fails("envoy_503"), 7 * HOUR, {"every": 20}),
    "mixpanel-at-high-rate": Trial(mixpanel_fails("envoy_503"), 15, {"scale": 8000, "events": 23}),
    "ledger": Trial(unreachable("ledger"), stack={"event": COUNTER}),
    "profiles": Trial(unreachable("profiles"), stack={"event": UPDATE}),
    "suppressions": Trial(unreachable("suppressions")),
    "suppression-key": Trial(use_another_key),
    "bug": Trial(fail_in_our_code),
    "delivery-crashes": Trial(crash(DELIVERY)),
    "dead-events": Trial(lambda stack: stack.delivery.dead.send("{}")),
    "delivery-throttled": Trial(throttle(DELIVERY)),
    "eventbridge": Trial(lambda stack: stack.undelivered_events.send("{}")),
    "rejected": Trial(lambda stack: stack.delivery.send("not JSON"), 8 * HOUR, {"every": 30}),
    "deletions-source": Trial(disable("deletion_source")),
    "schedule": Trial(disable("schedule")),
    "schedule-target": Trial(lose_schedule_messages, repeated=True),
    "deletions-crash": Trial(crash(DELETION)),
    "deletions-throttled": Trial(throttle(DELETION)),
    "regulations-table": Trial(set_on("deletion", "table_fails", partial(fail, TABLE_GONE))),
    "deletion-settings": Trial(partial(client_fails, error=NO_SECRET)),
    "deletion-token": Trial(partial(mixpanel_answers_deletions, status=401)),
    "deletion-token-age": Trial(set_on("deletion", "token_days", 335.1)),
    "deletion-address": Trial(partial(mixpanel_answers_deletions, status=404)),
    "deletion-bug": Trial(partial(client_fails, error=RuntimeError())),
    "deletion-age": Trial(partial(requested, days=20)),
    "deletion-failed": Trial(once(Tally(failed=1))),
    "regulations-api-crashes": Trial(crash(REGULATIONS_API)),
    "regulations-api-throttled": Trial(throttle(REGULATIONS_API)),
    "regulations-api-refuses": Trial(refuse(REGULATIONS_API), repeated=True),
    "reception-crashes": Trial(crash(RECEPTION)),
    "reception-throttled": Trial(throttle(RECEPTION)),
    "reception-refuses": Trial(refuse(RECEPTION), repeated=True),
}
