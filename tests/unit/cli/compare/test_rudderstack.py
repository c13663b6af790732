"""What RudderStack's code sends, where it differs."""

from typing import Any

import pytest

from rudder_mixpanel_cli.compare.rudderstack import ABSENT, RudderStackEvent, js_number
from rudder_mixpanel_cli.compare.rudderstack_names import LONGEST
from tests.build import destination, without_none

BOTH = {"userId": "u", "anonymousId": "d"}


def event(call: Any, **settings: Any) -> RudderStackEvent:
    """The event of a call."""
    return RudderStackEvent({"type": "track", **call}, destination(**settings))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (-1.5, "-1.5"),
        (0.00001, "0.00001"),
        (1e-7, "1e-7"),
        (2**60, "1152921504606847000"),
        (123456789012345680000, "123456789012345680000"),
        (1e21, "1e+21"),
        (0, "0"),
    ],
)
def test_numbers_are_written_as_javascript_does(number: float, text: str) -> None:
    """It knows no whole numbers beyond 2^53, and fewer exponents."""
    assert js_number(number) == text


@pytest.mark.parametrize(
    ("ids", "original", "simplified"),
    [
        (BOTH, "u", "u"),
        ({"anonymousId": "d"}, "d", "$device:d"),
        ({"userId": "", "anonymousId": "d"}, "d", "$device:d"),
        ({"userId": 7}, "7", "7"),
        ({"userId": 0, "anonymousId": "d"}, "d", "$device:d"),
        ({}, ABSENT, "$device:undefined"),
        ({"anonymousId": None}, ABSENT, "$device:null"),
    ],
)
def test_user_is_the_first_id(ids: Any, original: Any, simplified: Any) -> None:
    """Whatever it is."""
    assert (event(ids).distinct_id, event(ids, identityMergeApi="simplified").distinct_id) == (
        original,
        simplified,
    )


@pytest.mark.parametrize(
    ("call", "insert_id"),
    [
        ({"messageId": "x" * 40 + "y"}, "x" * 35 + "y"),
        ({"type": "page", "messageId": "x" * 40}, "x" * 40),
        ({"type": "page", "messageId": 7}, 7),
        ({"type": "screen", "messageId": "", "properties": {"$insert_id": "own"}}, "own"),
        ({}, ABSENT),
    ],
)
def test_insert_id_is_cut_on_track_alone(call: Any, insert_id: Any) -> None:
    """On page and screen it is the whole messageId."""
    assert event(call).insert_id == insert_id


@pytest.mark.parametrize(
    ("times", "time"),
    [
        ({"timestamp": "2026-12-31T12:00:00Z"}, 1_798_718_400_000),
        ({"timestamp": "", "originalTimestamp": "2026-12-31T12:00:00Z"}, 1_798_718_400_000),
        ({"timestamp": "soon", "originalTimestamp": "2026-12-31T12:00:00Z"}, None),
        ({"sentAt": "2026-12-31T12:00:00Z"}, None),
        ({"timestamp": 1_798_718_400}, 1_798_718_400),
        ({"timestamp": "2026"}, 1_767_225_600_000),
    ],
)
def test_time_is_that_of_two_fields(times: Any, time: int | None) -> None:
    """An unreadable one is null."""
    assert event(times).time == time


@pytest.mark.parametrize(
    ("template", "category", "name", "sent"),
    [
        ("Viewed {{ category }} {{ name }} page", "Index", "Home", "Viewed Index Home page"),
        ("Viewed {{ category }} {{ name }} page", None, "Home", "Viewed Home page"),
        ("Viewed {{ category }} {{ name }} page", None, None, "Viewed page"),
        ("{{name}} page", None, None, "{{name}} page"),
        ("{{ name }} page", None, "a$&b", "a{{ name }}b page"),
        ("{{ name }} page", None, "$$$'", "$ page page"),
        ("a {{ name }}", None, "$`", "a a "),
    ],
)
def test_template_is_filled_as_javascript_does(
    template: str, category: str | None, name: str | None, sent: str
) -> None:
    """Patterns in values count; a missing value is removed between blanks."""
    call = without_none({"type": "page", "name": name, "properties": {"category": category}})
    settings = {"useUserDefinedPageEventName": True, "userDefinedPageEventTemplate": template}
    assert event(call, **settings).name == sent


@pytest.mark.parametrize("name", ["x" * 10**6, "$`$'" * 10**5], ids=["long", "patterns"])
def test_a_name_of_placeholders_does_not_fill_the_memory(name: str) -> None:
    """Filled as they are, these would have a terabyte."""
    settings = {
        "useUserDefinedPageEventName": True,
        "userDefinedPageEventTemplate": "{{ category }} {{ name }}",
    }
    call = {"type": "page", "name": name, "properties": {"category": "{{name}}" * 10**5}}
    assert len(event(call, **settings).name) == LONGEST
