"""The operations of a lane in streams, whose requests are sent side by side."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.lanes import MOST_STREAMS, Slot, operation_of, streams_of
from rudder_mixpanel.delivery.sender import Senders, senders_for
from rudder_mixpanel.mixpanel.batching import LIMITS
from rudder_mixpanel.mixpanel.operations import Operation
from tests.fakes.delivery import FakeDeliveryDependencies
from tests.operations import event, planned, update

USERS = st.lists(st.integers(0, 9), min_size=1, max_size=60)
BYTES = st.integers(100, 10_000)


def senders(most_bytes: int) -> Senders:
    """Senders whose requests to /engage hold no more bytes."""
    fakes = FakeDeliveryDependencies()
    fakes.most_bytes["engage"] = most_bytes
    check, credentials = fakes.suppression_check(), fakes.credential_check()
    return senders_for(fakes.mixpanel(), lambda: 60_000, check, credentials)


def slots_of(*operations: Operation) -> list[Slot]:
    """The slots of these operations, each of an event of its own."""
    return [(planned(operation), 0) for operation in operations]


def by_profile(slots: list[Slot]) -> dict[tuple[str, ...], list[int]]:
    """The updates of each profile, in order."""
    profiles = defaultdict(list)
    for slot in slots:
        profiles[operation_of(slot).profile].append(id(slot[0]))
    return profiles


@given(USERS, BYTES)
def test_updates_of_a_profile_are_in_one_stream_in_order(users: list[int], size: int) -> None:
    """However many streams there are, and nothing is left out."""
    slots = slots_of(*(update(user=f"user-{user}") for user in users))
    streams = streams_of("engage", slots, senders(size))
    parts = [part for stream in streams for part in by_profile(stream).items()]
    assert sorted(parts) == sorted(by_profile(slots).items())


@given(USERS, BYTES)
def test_streams_are_few_and_none_is_empty(users: list[int], size: int) -> None:
    """Each takes a thread and a connection."""
    slots = slots_of(*(update(user=f"user-{user}") for user in users))
    streams = streams_of("engage", slots, senders(size))
    assert (1 <= len(streams) <= MOST_STREAMS, all(streams)) == (True, True)


@pytest.mark.parametrize(
    ("users", "streams"), [(40, 1), (LIMITS["counters"].operations + 1, 2), (1000, 4)]
)
def test_counters_have_as_many_streams_as_they_need_requests(users: int, streams: int) -> None:
    """At most four."""
    slots = slots_of(*(update("$add", f"user-{user}", {"n": 1}) for user in range(users)))
    assert len(streams_of("counters", slots, senders(10**6))) == streams


def test_events_have_one_stream() -> None:
    """They are of no profile."""
    slots = slots_of(*(event(str(number)) for number in range(LIMITS["import"].operations + 1)))
    assert len(streams_of("import", slots, senders(10**6))) == 1
