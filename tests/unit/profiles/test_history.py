"""When each property of a profile was last set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.stamps import STAMP_BYTES, stamp
from rudder_mixpanel.profiles.history import (
    ENTRY_BYTES,
    MOST_PROPERTIES,
    NAME_BYTES,
    History,
    ProfileNames,
)

NAMES = ProfileNames(b"k" * 32, "token", "engage", "ann")
STAMPS = st.binary(min_size=STAMP_BYTES, max_size=STAMP_BYTES)
HASHES = st.binary(min_size=NAME_BYTES, max_size=NAME_BYTES)


@given(st.dictionaries(HASHES, STAMPS))
def test_history_is_read_as_it_was_written(stamps: dict[bytes, bytes]) -> None:
    """Sixteen bytes a property."""
    encoded = History(stamps).encode()
    assert (History.decode(encoded).stamps, len(encoded)) == (stamps, ENTRY_BYTES * len(stamps))


@given(st.binary())
def test_any_bytes_are_a_history(encoded: bytes) -> None:
    """A foreign item stops nobody."""
    assert len(History.decode(encoded).stamps) <= len(encoded) // ENTRY_BYTES


@given(st.lists(st.tuples(HASHES, STAMPS)))
def test_newest_stamp_of_a_property_stays(notes: list[tuple[bytes, bytes]]) -> None:
    """Whatever the order in which they are noted."""
    history = History({})
    for name, when in notes:
        history.note([name], when)
    assert history.stamps == dict(sorted(notes, key=lambda note: note[1]))


def test_oldest_properties_are_forgotten() -> None:
    """An item must stay small."""
    stamps = {NAMES.hash(str(n)): stamp(n, n, "m") for n in range(MOST_PROPERTIES + 2)}
    history = History(stamps)
    assert (history.excess, History.decode(history.encode()).stamps) == (
        2,
        dict(list(stamps.items())[2:]),
    )


@given(st.integers(), st.integers(), st.integers(0, 2**48 - 1), st.text(), st.text())
def test_stamps_compare_as_their_times(first: int, second: int, now: int, a: str, b: str) -> None:
    """Limited to what is between 1970 and the arrival."""
    one, other = (min(max(time, 0), now) for time in (first, second))
    earlier = stamp(first, now, a) < stamp(second, now, b)
    assert one == other or earlier == (one < other)


def test_clock_that_is_ahead_counts_as_the_arrival() -> None:
    """An update of the year 2099 shuts out none of tomorrow."""
    assert stamp(4_070_908_800_000, 1000, "one") < stamp(1001, 1001, "two")


@pytest.mark.parametrize(
    "profile", [("token", "engage", "bob"), ("other", "engage", "ann"), ("token", "groups", "ann")]
)
def test_names_of_another_profile_have_other_hashes(profile: tuple[str, ...]) -> None:
    """One item holds the histories of several."""
    assert ProfileNames(b"k" * 32, *profile).hash("plan") != NAMES.hash("plan")


def test_hashes_need_the_key() -> None:
    """Whoever reads the table cannot guess what a profile has."""
    assert ProfileNames(b"x" * 32, "token", "engage", "ann").hash("plan") != NAMES.hash("plan")
