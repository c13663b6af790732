"""Settings that an event gives: `{{ path || default }}`."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.destination import destination as module
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent
from tests.build import TOKEN, destination, track

FROM_EVENT = '{{ event.properties.token || "spare" }}'


@pytest.mark.parametrize(
    ("template", "used"),
    [
        ("{{ event.properties.there || spare }}", "found"),
        ("{{event.properties.there||spare}}", "found"),
        ("  {{ message.properties.there || spare }}\n", "found"),
        ("{{ event.properties.deep.er || spare }}", "deep"),
        ("{{ event.properties.zero || spare }}", "0"),
        ("{{ event.properties.2nd || spare }}", "second"),
        ("{{ event.properties.missing || spare }}", "spare"),
        ("{{ event.properties.null || spare }}", "spare"),
        ("{{ event.properties.there.er || spare }}", "spare"),
        ("{{ event.properties.list.there || spare }}", "spare"),
        ("{{ properties.there || spare }}", "spare"),
        ("{{ event || spare }}", "spare"),
        ('{{ event.missing || "a "quoted" b" }}', "a quoted b"),
        ("{{ event.missing || a || b }}", "a || b"),
    ],
)
def test_template_is_the_value_of_the_event_or_its_default(template: str, used: str) -> None:
    """As RudderStack resolves it: a path into the message, else the default without quotes."""
    properties = {
        "there": "found",
        "deep": {"er": "deep"},
        "zero": 0,
        "null": None,
        "list": [1],
    } | {"2nd": "second"}
    there, _ = destination(pageEventName=template).for_event(track(properties=properties))
    assert there.page_event_name == used


@pytest.mark.parametrize(
    "text",
    [
        "{{ event.properties.there }}",
        "Viewed {{ event.properties.there || spare }}",
        "{{ event.properties.there || spare }} viewed",
        "{{ .THERE || spare }}",
        "{{ event.properties.a-b || spare }}",
        "{{ event..there || spare }}",
        "{{ || spare }}",
        "{ event.properties.there || spare }",
        "{{ event.a }} || {{ event.b }}",
    ],
)
def test_other_texts_are_left_alone(text: str) -> None:
    """Among them the templates of page and screen names."""
    there, message = destination(pageEventName=text), track(properties={"there": "found"})
    resolved, rest = there.for_event(message)
    assert (resolved is there, rest is message, there.page_event_name) == (True, True, text)


def test_value_is_taken_out_of_the_event() -> None:
    """Only out of a copy, and only what was found."""
    message = track(properties={"token": "other", "price": 5})
    before = copy.deepcopy(message)
    there, rest = destination(token=FROM_EVENT).for_event(message)
    assert (there.token, rest, message) == ("other", track(properties={"price": 5}), before)


def test_event_that_gives_nothing_costs_nothing() -> None:
    """The defaults were read with the settings."""
    there, message = destination(token=FROM_EVENT), track()
    resolved, rest = there.for_event(message)
    assert (resolved is there, rest is message, there.token) == (True, True, "spare")


def test_value_that_two_settings_want_goes_to_the_first() -> None:
    """It is no longer there for the second."""
    there = destination(
        pageEventName="{{ event.name || P }}", screenEventName="{{ event.name || S }}"
    )
    resolved, _ = there.for_event({"name": "N"})
    assert (resolved.page_event_name, resolved.screen_event_name) == ("N", "S")


def test_settings_in_lists_and_of_nobody_are_resolved_as_well() -> None:
    """Any text of a Config, also where only the device mode or nobody reads it."""
    there = destination(
        group_key_settings=[{"group_key": "{{ event.traits.key || company }}"}, "team"],
        sourceName="{{ event.traits.source || web }}",
    )
    resolved, rest = there.for_event({"traits": {"key": "org", "source": "s"}})
    assert (there.group_keys, resolved.group_keys, rest) == (
        ("company", "team"),
        ("org", "team"),
        {"traits": {}},
    )


def test_whole_list_can_come_from_an_event() -> None:
    """Where its default is right as well, which a text cannot be: so it cannot."""
    with pytest.raises(ConfigurationError) as caught:
        destination(groupKeySettings="{{ event.context.keys || company }}")
    assert str(caught.value) == "groupKeySettings: expected a list of names, got other text"


def test_template_in_an_event_is_a_text() -> None:
    """Nobody outside writes settings."""
    message = {"name": "{{ event.traits.secret || x }}", "traits": {"secret": "s"}}
    there, rest = destination(pageEventName="{{ event.name || P }}").for_event(message)
    assert (there.page_event_name, rest["traits"]) == (message["name"], {"secret": "s"})


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("dataResidency", "hush", "expected one of us, eu, in, got other text"),
        ("dataResidency", ["hush"], "expected one of us, eu, in, got a list"),
        ("identity_merge_api", True, "expected one of original, simplified, got true or false"),
        ("pageEventName", {"hush": 1}, "expected text, got an object"),
    ],
)
def test_value_that_is_not_allowed_rejects_the_event(
    setting: str, value: Any, complaint: str
) -> None:
    """Nobody could mend the settings for it; the place in the event is told, the value is not."""
    allowed = {"dataResidency": "us", "identity_merge_api": "original", "pageEventName": "P"}
    there = destination(**{setting: f"{{{{ event.context.x || {allowed[setting]} }}}}"})
    with pytest.raises(RejectedEvent) as caught:
        there.for_event(track(context={"x": value}))
    told = (caught.value.code, caught.value.field, caught.value.message.partition(": ")[2])
    assert told == (Code.INVALID_SETTING, "context.x", complaint)


@pytest.mark.parametrize("template", ["{{ event.x || }}", '{{ event.x || "" }}'])
def test_default_must_be_right_by_itself(template: str) -> None:
    """Wrong settings are told at once, not by the first event that says nothing."""
    with pytest.raises(ConfigurationError) as caught:
        destination(token=template)
    assert str(caught.value) == "token: expected text, got nothing"


@pytest.mark.parametrize(
    ("value", "remembered"), [("P", True), (5, True), ("p" * 201, False)], ids=["text", "5", "long"]
)
def test_equal_values_make_one_destination(value: Any, *, remembered: bool) -> None:
    """A thousand events cost little; long values are not worth remembering."""
    there = destination(pageEventName="{{ event.x || P }}")
    first, _ = there.for_event({"x": value})
    again, _ = there.for_event({"x": value, "other": 1})
    assert (first == again, first is again) == (True, remembered)


def test_one_is_not_true() -> None:
    """Values that Python calls equal are told apart."""
    there = destination(pageEventName="{{ event.x || P }}")
    there.for_event({"x": 1})
    with pytest.raises(RejectedEvent):
        there.for_event({"x": True})


def test_memory_of_made_destinations_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events can bring any number of values."""
    monkeypatch.setattr(module, "MOST_REMEMBERED", 3)
    there = destination(pageEventName="{{ event.x || P }}")
    names = [there.for_event({"x": number})[0].page_event_name for number in range(10)]
    assert (names, there.dynamic and len(there.dynamic.remembered)) == (
        [str(number) for number in range(10)],
        3,
    )


def test_own_token_of_an_event_imports_for_itself() -> None:
    """A service account of another project must not import for it."""
    account = {"serviceAccountUserName": "ann", "serviceAccountSecret": "s", "projectId": 1}
    there = destination(token=FROM_EVENT, **account)
    own, _ = there.for_event(track(properties={"token": "own"}))
    assert (there.connection[1:4], own.connection[1:4]) == (("ann", "s", "1"), ("own", "", ""))


def test_event_follows_its_destination_to_another_address() -> None:
    """A sandbox stays a sandbox, whatever residency an event names."""
    there = destination(dataResidency="{{ event.context.residency || us }}")
    message = track(context={"residency": "eu"})
    moved = replace(there, ingestion_url="http://127.0.0.1:1")
    urls = [one.for_event(message)[0].ingestion_url for one in (there, moved, there)]
    assert urls == ["https://api-eu.mixpanel.com", "http://127.0.0.1:1", urls[0]]


def test_what_an_event_gives_is_no_secret_in_a_log() -> None:
    """Nor is the Config that templates stand in."""
    there = destination(token=FROM_EVENT, apiSecret="hush")
    assert [one for one in ("hush", "spare", TOKEN) if one in repr(there)] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PLACES = st.sampled_from(["token", "dataResidency", "pageEventName", "sourceType", "unknown"])


@given(st.dictionaries(PLACES, st.sampled_from(["a", "b", "a.b", "c"]), min_size=1), JSON, JSON)
def test_any_event_is_resolved_or_rejected(places: dict[str, str], a: Any, c: Any) -> None:
    """Whatever JSON it gives, no other exception, and the event stays as it was."""
    defaults = {"token": "t", "dataResidency": "us", "pageEventName": "P"}
    config = {
        name: f"{{{{ event.{path} || {defaults.get(name, '')} }}}}" for name, path in places.items()
    }
    message = {"a": a, "c": c}
    before = json.dumps(message)
    code = Code.INVALID_SETTING
    try:
        Destination.from_config({"token": "t", **config}).for_event(message)
    except RejectedEvent as error:
        code = error.code
    assert (code, json.dumps(message)) == (Code.INVALID_SETTING, before)
