"""Searches of any content are read, or rejected by the name of a field."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.regulations.requests import RequestError
from rudder_mixpanel.regulations.search_request import CONDITIONS, read_search

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=120),
    st.datetimes().map(datetime.isoformat),
    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    st.lists(st.text(max_size=3), max_size=2),
)


def rejected_field(fields: dict[str, Any]) -> str:
    """The field for which a search is rejected; empty if it is read."""
    try:
        read_search(json.dumps(fields))
    except RequestError as error:
        return error.field
    return ""


@given(st.dictionaries(st.sampled_from(CONDITIONS), VALUES))
def test_search_is_read_or_rejected(fields: dict[str, Any]) -> None:
    """Nothing else happens, whatever the values are."""
    assert rejected_field(fields) in {"", *CONDITIONS}


@given(st.integers(0, 4_000_000_000), st.integers(1, 1_000_000), st.integers(-5, 1_000_005))
def test_search_finds_what_was_submitted_in_its_time(start: int, length: int, offset: int) -> None:
    """At `from` or later, and before `to`."""
    times = [datetime.fromtimestamp(time, UTC).isoformat() for time in (start, start + length)]
    search = read_search(json.dumps({"from": times[0], "to": times[1]}))
    assert search.finds("", start + offset) == (0 <= offset < length)


@pytest.mark.parametrize(("searched", "finds"), [(None, True), ("DSR-7", True), ("DSR-8", False)])
def test_search_finds_a_reference(searched: str | None, finds: bool) -> None:  # noqa: FBT001 - data
    """The whole of it; without one, every regulation."""
    assert read_search(json.dumps({"reference": searched})).finds("DSR-7", 0) is finds
