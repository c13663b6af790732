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
def test_kind_that_is_unknown(kind: Any, code: str) -> None:
    """Types are spelled exactly."""
    with pytest.raises(RejectedEvent) as caught:
        transform({**track(), "type": kind}, destination(), now=NOW)
    assert (caught.value.code, caught.value.field) == (code, "type")


def test_clock_without_a_zone_is_utc() -> None:
    """The same message makes the same operations, wherever the clock of the caller stands."""
    naive = transform(track(timestamp=None), destination(), now=NOW.replace(tzinfo=None))
    assert naive == transform(track(timestamp=None), destination(), now=NOW)
