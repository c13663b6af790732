"""What this stack sends does not differ from itself, whatever it is."""

from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rudder_mixpanel.envelopes import decode_json, encode_json
from tests.build import destination
from tests.unit.cli.compare.sides import compared, explained, rows_sent_here
from tests.unit.mapping.test_schemas import DESTINATIONS, MESSAGES

RECEIVED = {"receivedAt": "2026-12-31T12:00:00.000Z"}


def received(call: dict[str, Any]) -> dict[str, Any]:
    """A call that says when it arrived, as it is read: an integer of over 64 bits is text."""
    read: dict[str, Any] = decode_json(encode_json({**call, **RECEIVED}))
    return read


CALLS = st.lists(MESSAGES.map(received), max_size=6)
WITH_A_LONG_NUMBER = received({"type": "track", "userId": "u", "event": 2**64})


@settings(max_examples=150)
@example([WITH_A_LONG_NUMBER], destination(), Random(0))  # noqa: S311 - repeatable
@given(CALLS, DESTINATIONS, st.randoms(use_true_random=False))
def test_nothing_is_reported(calls: list[Any], to: Any, shuffle: Any) -> None:
    """In any order of the rows: no difference, nothing missing, nothing left over."""
    rows = rows_sent_here(calls, to)
    shuffle.shuffle(rows)
    account = compared(calls, rows, to)
    assert explained(account) == {}
    assert (account.unexplained, account.others, account.absent.counts.total()) == (0, 0, 0)
    assert account.equal == account.compared == account.held


@settings(max_examples=50)
@given(CALLS, DESTINATIONS)
def test_everything_is_missing_in_an_empty_export(calls: list[Any], to: Any) -> None:
    """Explained or not; the events that merge users are not compared."""
    sent = rows_sent_here(calls, to)
    account = compared(calls, [], to)
    assert account.absent.counts.total() + account.not_exported.total() == len(sent)


def test_times_in_seconds_are_compared_as_far_as_they_go() -> None:
    """The default of an export; a time that is another second is found."""
    call = received({"type": "track", "event": "a", "userId": "u", "timestamp": "2026-12-31"})
    (row,) = rows_sent_here([call], destination())
    seconds = row["properties"]["time"] // 1000
    row["properties"]["time"] = seconds
    same = compared([call], [row])
    row["properties"]["time"] = seconds + 1
    other = compared([call], [row])
    assert (explained(same), same.in_milliseconds) == ({}, False)
    assert explained(other) == {("unexplained", "properties.time", "another value"): 1}
