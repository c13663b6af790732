"""A stack without a fault fires no alarm, and one that is repaired ends its alarms."""

from typing import Final

from rudder_mixpanel.profiles.store import ProfileItem
from rudder_mixpanel.suppression import pseudonym
from tests.alarms.watched_stack import WatchedStack
from tests.fakes.alarms.alarm import State

HOUR = 60
DAY = 24 * HOUR
UPDATE: Final = {"type": "identify", "userId": "ann", "traits": {"plan": "pro"}}


def test_stack_without_events_is_quiet() -> None:
    """Nothing arrives or is deleted, for so long that each further day is like the second."""
    stack = WatchedStack(events=0)
    stack.run(2 * DAY)
    assert stack.watch.changes == []


def test_busy_day_is_quiet() -> None:
    """Events arrive all the time, and are delivered."""
    stack = WatchedStack(events=100, every=10)
    stack.run(DAY)
    assert (stack.watch.changes, stack.delivery.accounts[-1].delivered) == ([], 100)


def test_short_interruption_is_quiet() -> None:
    """Mixpanel is down for two minutes."""
    stack = WatchedStack()
    stack.delivery.mixpanel_fault = "envoy_503"
    stack.run(2)
    kept = sum(account.kept for account in stack.delivery.accounts)
    stack.delivery.mixpanel_fault = None
    stack.run(2 * HOUR)
    assert (kept > 0, len(stack.delivery.events), stack.watch.changes) == (True, 0, [])


def test_busy_profile_is_quiet() -> None:
    """For twenty minutes, another invocation is always updating it."""
    stack = WatchedStack(event=UPDATE)
    lease(stack)
    stack.run(20)
    kept = sum(account.kept for account in stack.delivery.accounts)
    stack.delivery.profiles.store.items.clear()
    stack.run(HOUR)
    assert (kept > 0, stack.watch.changes) == (True, [])


def test_profile_that_stays_busy_is_told() -> None:
    """That is no contention, but a fault; and its event is no dead letter after a day."""
    stack = WatchedStack(event=UPDATE)
    lease(stack)
    stack.run(2)
    stack.events = 0
    stack.run(DAY)
    assert set(stack.fired()) == {"Kept events", "Old kept events"}


def lease(stack: WatchedStack) -> None:
    """Let another invocation be updating the profile, for years."""
    store = stack.delivery.profiles.store
    store.items[pseudonym(store.key, "ann")] = ProfileItem("another", lease=4_000_000_000)


def test_single_crash_is_quiet() -> None:
    """The batch is tried again six minutes later."""
    stack = WatchedStack()
    stack.crashing.add("DeliverEventsFunction")
    stack.run(1)
    stack.crashing.clear()
    stack.run(2 * HOUR)
    assert stack.watch.changes == []


def test_recovery_is_told() -> None:
    """Each alarm changes to OK when its cause is gone, which runs its OK action."""
    stack = WatchedStack()
    stack.delivery_source = stack.deletion_source = False
    stack.run(40)
    stack.delivery_source = stack.deletion_source = True
    stack.run(HOUR)
    alarms = {"Unread events", "Silent deletions", "Unread deletion messages"}
    changes = [(change.alarm, change.state) for change in stack.watch.changes]
    assert (set(changes[:3]), set(changes[3:]), len(changes)) == (
        {(alarm, State.ALARM) for alarm in alarms},
        {(alarm, State.OK) for alarm in alarms},
        6,
    )
