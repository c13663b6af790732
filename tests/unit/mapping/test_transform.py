"""A message becomes operations, or is rejected."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from tests.build import destination, track

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (None, "MISSING_TYPE"),
        ("", "MISSING_TYPE"),
        (0, "MISSING_TYPE"),
        ("Track", "UNSUPPORTED_TYPE"),
        (" track", "UNSUPPORTED_TYPE"),
        ("merge", "UNSUPPORTED_TYPE"),
        (1, "UNSUPPORTED_TYPE"),
        (["track"], "UNSUPPORTED_TYPE"),
        ({}, "UNSUPPORTED_TYPE"),
    ],
)
def test_unknown_type_is_rejected(kind: Any, code: str) -> None:
    """Types are case-sensitive."""
    with pytest.raises(RejectedEvent) as caught:
        transform({**track(), "type": kind}, destination(), now=NOW)
    assert (caught.value.code, caught.value.field) == (code, "type")


def test_clock_without_a_zone_is_utc() -> None:
    """The operations do not depend on the time zone of the caller."""
    naive = transform(track(timestamp=None), destination(), now=NOW.replace(tzinfo=None))
    assert naive == transform(track(timestamp=None), destination(), now=NOW)


@pytest.mark.parametrize("name", ["$user_id", "$device_id"])
def test_ids_of_an_event_include_those_of_its_properties(name: str) -> None:
    """With original merge they are sent unchanged, and may be those of a suppressed user."""
    call = track(userId=None, properties={name: "else"})
    [operation] = transform(call, destination(identityMergeApi="original"), now=NOW)
    assert set(operation.ids) == {"device-1", "else"}
