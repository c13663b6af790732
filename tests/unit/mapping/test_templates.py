"""Names of pages and screens are filled into a template."""

from typing import Any

import pytest

from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.page_and_screen import fill_template
from tests.build import SENT_AT, destination, track

VIEWED = "Viewed {{ category }} {{ name }} page"
TEMPLATES = {
    "useUserDefinedPageEventName": True,
    "userDefinedPageEventTemplate": "a {{ name }} b",
    "useUserDefinedScreenEventName": True,
    "userDefinedScreenEventTemplate": "a {{ name }} b",
}


@pytest.mark.parametrize(
    ("template", "category", "name", "filled"),
    [
        (VIEWED, "Index", "Home", "Viewed Index Home page"),
        (VIEWED, None, "Home", "Viewed Home page"),
        (VIEWED, "Index", None, "Viewed Index page"),
        (VIEWED, None, None, "Viewed page"),
        (VIEWED, "", "", "Viewed   page"),
        (VIEWED, 0, False, "Viewed 0 false page"),
        (VIEWED, ["a", "b"], {}, "Viewed a,b [object Object] page"),
        ("{{name}} page", None, None, "{{name}} page"),
        ("page {{name}}", None, None, "page {{name}}"),
        ("{{name}} and {{  name\t}}", None, "Home", "Home and Home"),
        ("a {{ category }} {{ category }} b", None, None, "a {{ category }} b"),
        ("a {{ category }}  {{ category }} b", None, None, "a  b"),
        ("a\t{{ name }}\nb", None, None, "a b"),
        (" {{ name }} ", None, "Home", " Home "),
        ("{{ other }} {{ Name }}", "Index", "Home", "{{ other }} {{ Name }}"),
        (VIEWED, "A {{ name }}", "Home", "Viewed A {{ name }} Home page"),
        (
            VIEWED,
            "Index",
            "{{ category }} {{ name }}",
            "Viewed Index {{ category }} {{ name }} page",
        ),
        ("{{ name }}", None, r"$& $$ $1 \1 \g<0> \n", r"$& $$ $1 \1 \g<0> \n"),
    ],
)
def test_template_is_filled(template: str, category: Any, name: Any, filled: str) -> None:
    """Values are inserted unchanged; a missing one is removed with the whitespace around it."""
    assert fill_template(template, {"category": category, "name": name}) == filled


def event_name(call: dict[str, Any], **config: Any) -> str:
    """The name of a call's event."""
    ((event,), _) = map_message(call, destination(**TEMPLATES, **config), now=SENT_AT)
    name: str = event.payload["event"]
    return name


@pytest.mark.parametrize(
    ("fields", "page", "screen"),
    [
        ({"name": "Root", "properties": {"name": "Own"}, "event": "Event"}, "a Root b", "a Root b"),
        ({"properties": {"name": "Own"}, "event": "Event"}, "a Own b", "a Own b"),
        ({"event": "Event"}, "a b", "a Event b"),
        ({}, "a b", "a b"),
        ({"name": None, "properties": {"name": None}, "event": None}, "a b", "a b"),
        ({"name": "", "properties": {"name": " "}, "event": "Event"}, "a  b", "a Event b"),
        ({"name": "", "properties": {"name": "Own"}}, "a Own b", "a Own b"),
        ({"name": ""}, "a  b", "a  b"),
        ({"name": 0, "properties": {"name": "Own"}}, "a 0 b", "a 0 b"),
        ({"properties": {"name": 0}}, "a 0 b", "a 0 b"),
        ({"properties": {"name": {"en": "Own"}}, "event": ["Event"]}, "a b", "a b"),
        ({"properties": ["Own"], "event": True}, "a b", "a b"),
    ],
)
def test_name_is_where_sdks_write_it(fields: dict[str, Any], page: str, screen: str) -> None:
    """At the root, else in the properties, else, as mobile SDKs write a screen's, in `event`."""
    call = track(event=None, properties=None) | fields
    assert event_name({**call, "type": "page"}) == page
    assert event_name({**call, "type": "screen"}) == screen


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_name_is_that_of_the_root_with_the_preset(kind: str) -> None:
    """RudderStack reads no other."""
    call = track(type=kind, event="Event", properties={"name": "Own"})
    assert event_name(call, compatibility="rudderstack") == "a b"
