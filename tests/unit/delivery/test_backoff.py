"""When a kept event is retried: soon after another invocation, else ever later."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.backoff import MAX_KEPT, backoff_of
from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.disposition import kept_records
from rudder_mixpanel.delivery.event import Event, EventOutcome
from rudder_mixpanel.delivery.kept import record_waits
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept
from tests.build import identify, sqs_record
from tests.fakes.delivery import FakeDeliveryDependencies, invocation
from tests.fakes.ingestion import accept_all, respond_by_path

BUSY = Kept(Code.PROFILE_BUSY, "another invocation is updating the same profile")
HELD = Kept(Code.RECORD_KEPT, "rejected as TOO_OLD")
OUTAGE = Kept(Code.MIXPANEL_UNAVAILABLE, "HTTP 503")
SHORT = st.sampled_from([BUSY, HELD])
LONG = st.sampled_from(
    [Kept(code, "") for code in Code if code not in {Code.PROFILE_BUSY, Code.RECORD_KEPT}]
)
LONG_AFTER = invocation(later=30 * 86_400).now()
NAMES = st.uuids().map(str)
ATTEMPTS = st.integers(1, 1000)
NORMAL_ATTEMPTS = st.integers(1, 120)


def kept_event(name: str, attempt: int, *outcomes: EventOutcome) -> Event:
    """An event of a record with this id, received so many times, with these outcomes."""
    record = sqs_record({}, ApproximateReceiveCount=str(attempt))
    return Event(Record.of({**record, "messageId": name}), 0, None, outcomes=list(outcomes))


def rest_of(event: Event) -> int:
    """Seconds until an event is retried that has waited for a month."""
    return backoff_of(event, LONG_AFTER)


@given(NAMES, NORMAL_ATTEMPTS, st.lists(SHORT, min_size=1, max_size=3))
def test_busy_profile_rests_briefly(name: str, attempt: int, kept: list[EventOutcome]) -> None:
    """Each time: another invocation is done with it in seconds."""
    assert 5 <= rest_of(kept_event(name, attempt, DELIVERED, *kept)) <= 30


def test_busy_profile_is_no_dead_letter_before_it_expires() -> None:
    """Within nine days it is received less often than the queue allows."""
    left, attempts = MAX_KEPT.total_seconds(), 0
    while left > 0:
        attempts += 1
        left -= rest_of(kept_event("record-1", attempts, BUSY))
    assert attempts < 1000


@given(NAMES, ATTEMPTS, st.permutations([BUSY, HELD, DELIVERED]), LONG)
def test_another_reason_rests_as_ever(
    name: str, attempt: int, short: list[EventOutcome], long: Kept
) -> None:
    """Beside a busy profile as without one."""
    event, alone = kept_event(name, attempt, *short, long), kept_event(name, attempt, long)
    assert rest_of(event) == rest_of(alone) >= 30


@given(NAMES, ATTEMPTS, st.lists(SHORT, max_size=3), LONG, st.randoms())
def test_record_rests_as_its_event_with_the_longest_wait(
    name: str, attempt: int, short: list[Kept], long: Kept, random: object
) -> None:
    """In whatever order its events are; the log says the same."""
    events = [kept_event(name, attempt, outcome) for outcome in (*short, long)]
    random.shuffle(events)  # type: ignore[attr-defined]  # hypothesis names no type for it
    longest = rest_of(kept_event(name, attempt, long))
    (timeout,) = kept_records(events, LONG_AFTER).values()
    assert (timeout.seconds, record_waits(events, LONG_AFTER)) == (longest, {name: longest})


@pytest.mark.parametrize("attempt", [1, 2, 5])
def test_records_that_meet_come_back_apart(attempt: int) -> None:
    """A thousand of them, spread over all of the 26 seconds."""
    waits = [rest_of(kept_event(f"record-{index}", attempt, BUSY)) for index in range(1000)]
    assert (sorted(set(waits)), max(map(waits.count, waits)) < 80) == ([*range(5, 31)], True)


def test_records_that_meet_once_do_not_meet_again() -> None:
    """Of those that wait as long at one attempt, few do at the next."""
    names = [f"record-{index}" for index in range(1000)]
    first = [name for name in names if rest_of(kept_event(name, 1, BUSY)) == 17]
    again = [rest_of(kept_event(name, 2, BUSY)) for name in first]
    assert (len(first) > 20, len(set(again)) > 10) == (True, True)


def test_wait_is_that_of_the_record_and_the_attempt() -> None:
    """The same in every process: what is logged is what is done."""
    event = kept_event("record-1", 3, BUSY)
    assert rest_of(event) == rest_of(kept_event("record-1", 3, BUSY, BUSY))


def test_outage_is_waited_out_as_before() -> None:
    """Doubled from half a minute to a quarter of an hour."""
    waits = [rest_of(kept_event("", attempt, OUTAGE)) for attempt in (1, 2, 6, 1000)]
    assert waits == [30, 60, 900, 900]


@given(NAMES, ATTEMPTS, st.integers(-100, 10**6))
def test_nothing_rests_longer_than_twice_what_it_has_waited(
    name: str, attempt: int, waited: int
) -> None:
    """But for half a minute, and a fifth by which records are spread."""
    seconds = backoff_of(kept_event(name, attempt, OUTAGE), invocation(later=waited).now())
    assert 30 <= seconds <= 1.2 * max(30, 2 * waited)


@pytest.mark.parametrize("order", ["newer-wins", "as-they-come"])
def test_short_outage_is_over_soon(order: str) -> None:
    """Also for an update whose profile stays leased, since its request got no answer."""
    fakes, second, attempts = FakeDeliveryDependencies(profileUpdates=order), 0, 0
    fakes.answer = respond_by_path(engage=lambda _: httpx.Response(503))
    while True:
        attempts += 1
        record = sqs_record(identify(), ApproximateReceiveCount=str(attempts))
        run = invocation(later=second)
        (event,) = deliver([record], fakes, run).events
        if event.outcome_name == "delivered":
            break
        second += backoff_of(event, run.now())
        if second > 150:
            fakes.answer = accept_all
    assert second < 4 * 150
