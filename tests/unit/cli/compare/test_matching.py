"""Which events of both sides belong together."""

from collections.abc import Iterator
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from rudder_mixpanel_cli.compare.held import Clock, HeldEvent
from rudder_mixpanel_cli.compare.index import ComparisonIndex, LeftOver
from rudder_mixpanel_cli.compare.keys import NO_KEYS, Keys, keys_held

THEIRS = Keys("Loaded a Page", "web:1", "a", 1000)
OURS = Keys("Page", "1", "b", 1000)
NOTHING = Keys(None, None, None, 0)


@pytest.fixture
def index() -> Iterator[ComparisonIndex]:
    """An index without events."""
    with ComparisonIndex() as empty:
        yield empty


def matches(index: ComparisonIndex) -> list[bytes | None]:
    """What matches each event of the input."""
    index.match()
    return [row.held for row in index.compared()]


@pytest.mark.parametrize(
    "held",
    [
        Keys("Loaded a Page", "web:1", "a", 1000),
        Keys("Page", "1", "b", 1000),
        Keys("Other", "web:1", "x", 5),
        Keys("Page", None, "b", 1000),
        Keys("Loaded a Page", "x", "a", 1000),
    ],
)
def test_event_is_recognized_by_what_either_side_sends(index: ComparisonIndex, held: Keys) -> None:
    """By its id, else by its name, its user and its time."""
    index.add_message(b"m", [(True, THEIRS, OURS)])
    index.add_held(b"h", held, in_milliseconds=True)
    assert matches(index) == [b"h"]


def test_nothing_is_recognized_by_what_is_absent(index: ComparisonIndex) -> None:
    """Two events without an id have nothing in common."""
    index.add_message(b"m", [(True, NO_KEYS, NOTHING)])
    index.add_held(b"h", NOTHING, in_milliseconds=True)
    assert matches(index) == [None]


def test_best_match_wins(index: ComparisonIndex) -> None:
    """The event of the same content, whatever comes first."""
    index.add_message(b"m", [(True, THEIRS, OURS)])
    index.add_held(b"id alone", Keys("Other", "web:1", "x", 5), in_milliseconds=True)
    index.add_held(b"content", Keys("Loaded a Page", "web:1", "a", 1000), in_milliseconds=True)
    assert matches(index) == [b"content"]
    assert list(index.left_over()) == [LeftOver("Other", 0, 0, 1)]


def test_events_with_the_same_keys_belong_together_in_order(index: ComparisonIndex) -> None:
    """Each to one at most; an event that is sent comes before one that is not."""
    index.add_message(b"m", [(False, THEIRS, NO_KEYS)])
    index.add_message(b"m", [(True, THEIRS, OURS)])
    index.add_message(b"m", [(True, THEIRS, OURS._replace(time=2000))])
    index.add_held(b"later", THEIRS._replace(time=2000), in_milliseconds=True)
    index.add_held(b"sooner", THEIRS, in_milliseconds=True)
    assert matches(index) == [None, b"sooner", b"later"]


def test_event_that_is_in_the_input_twice_is_repeated(index: ComparisonIndex) -> None:
    """It is not missing."""
    for _ in range(3):
        index.add_message(b"m", [(True, THEIRS, OURS)])
    index.add_held(b"h", OURS, in_milliseconds=True)
    index.match()
    found = [(row.held, row.is_repeated) for row in index.compared()]
    assert (found, index.repeated) == ([(b"h", False), (None, True), (None, True)], 2)


def test_left_over_events_are_copies_doubled_or_others(index: ComparisonIndex) -> None:
    """By what they share with an event that was matched; those of other days do not count."""
    index.add_message(b"m", [(True, THEIRS, OURS)])
    for key in (OURS, OURS, OURS._replace(time=1001), OURS._replace(insert_id="2", content="c")):
        index.add_held(b"h", key, in_milliseconds=True)
    index.add_held(b"h", Keys("Page", "3", "d", 86_400_000), in_milliseconds=True)
    index.match()
    assert list(index.left_over()) == [LeftOver("Page", 1, 1, 1)]


def test_message_without_events_is_compared_with_nothing(index: ComparisonIndex) -> None:
    """It has a row without a position, and the index has no time."""
    index.add_message(b"m", [])
    index.match()
    assert ([row.position for row in index.compared()], index.times) == ([None], None)


def test_clock_of_a_zone_shows_an_hour_twice() -> None:
    """Both moments are possible when clocks go back."""
    berlin = ZoneInfo("Europe/Berlin")
    day = 1_792_886_400_000  # 2026-10-25, when clocks go back at 3:00
    shown = day + 2 * 3_600_000 + 1_800_000
    assert Clock(in_milliseconds=True, zone=berlin).instants(shown) == (
        day + 1_800_000,
        day + 5_400_000,
    )


@pytest.mark.parametrize("time", [None, "2026", True, 10**30])
def test_value_that_is_no_time_is_no_moment(time: object) -> None:
    """In any zone."""
    assert Clock(in_milliseconds=True, zone=ZoneInfo("Asia/Tokyo")).instants(time) == ()


def test_sent_id_tells_an_event_from_others() -> None:
    """Mixpanel may show it under another user by now."""
    shown = {"distinct_id": "u", "$distinct_id_before_identity": "d", "time": 2_000_000_000_000}
    keys = keys_held(HeldEvent("a", shown), UTC)
    assert keys.content == "a\x1fd\x1f2000000000"
