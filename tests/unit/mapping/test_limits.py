"""Events beyond Mixpanel's limits are rejected."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.mapping.limits import BYTES, check_limits
from rudder_mixpanel.mixpanel.operations import Operation
from tests.build import destination, track

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def nested(levels: int) -> Any:
    """Alternating lists and objects, this many levels deep."""
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def keys(count: int) -> dict[str, int]:
    """An object with this many properties."""
    return {str(number): number for number in range(count)}


@pytest.mark.parametrize(
    "properties",
    [
        keys(254),
        {"a": keys(254)},
        {"a": [1] * 255},
        {"a": [[1] * 300]},
        {"a": [[keys(255), {"b": [1] * 256}]]},
        {"a": "x" * (BYTES - 8)},
        {"a": "é" * ((BYTES - 8) // 2)},
        {"a": nested(10)},
    ],
)
def test_event_at_a_limit_is_accepted(properties: dict[str, Any]) -> None:
    """The limits are inclusive; bytes are those of compact UTF-8."""
    check_limits(properties, Operation("import", {"properties": properties}).encoded)


@pytest.mark.parametrize(
    ("properties", "code", "field"),
    [
        (keys(255), "TOO_MANY_PROPERTIES", "properties"),
        ({"a": keys(255)}, "TOO_MANY_PROPERTIES", "properties.a"),
        ({"a": [0, keys(255)]}, "TOO_MANY_PROPERTIES", "properties.a[1]"),
        ({"a": "x" * BYTES, "b": [1] * 256}, "TOO_LARGE", "properties"),
        ({"a": [1] * 256}, "TOO_MANY_ELEMENTS", "properties.a"),
        ({"a": [{"b": [1] * 256}]}, "TOO_MANY_ELEMENTS", "properties.a[0].b"),
        ({"a": "x" * (BYTES - 7)}, "TOO_LARGE", "properties"),
        ({"a": nested(11)}, "TOO_DEEP", "properties.a.a[0].a[0].a[0].a[0].a[0]"),
        ({"a": "\ud800"}, "UNREADABLE", "import"),
        ({"a": 2**64}, "UNREADABLE", "import"),
    ],
)
def test_event_beyond_a_limit_is_rejected(
    properties: dict[str, Any], code: str, field: str
) -> None:
    """The error names the path that exceeds the limit."""
    with pytest.raises(RejectedEvent) as caught:
        check_limits(properties, Operation("import", {"properties": properties}).encoded)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (
            {"type": "group", "userId": "user-1", "traits": {"company": ["x" * 250] * 4000}},
            "traits",
        ),
        (
            {"type": "group", "userId": "user-1", "traits": {"company": list(range(100_000))}},
            "traits",
        ),
        (
            track(properties={"note": "x" * 900_000, "products": [{"sku": "1"}] * 250}),
            "properties.products",
        ),
    ],
    ids=["long names of groups", "many groups", "products"],
)
def test_event_that_multiplies_is_rejected(message: dict[str, Any], field: str) -> None:
    """A megabyte of groups or products would become gigabytes, more than the memory."""
    settings = destination(groupKeySettings=[{"groupKey": "company"}], productEvents=True)
    with pytest.raises(RejectedEvent) as caught:
        transform(message, settings, now=NOW)
    assert (caught.value.code, caught.value.field) == ("TOO_LARGE", field)
