"""Dynamic settings: `{{ path || default }}`."""

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
def test_template_becomes_the_value_of_the_event_or_its_default(template: str, used: str) -> None:
    """As in RudderStack: the value at a path of the message, else the default without quotes."""
    properties = {
        "there": "found",
        "deep": {"er": "deep"},
        "zero": 0,
        "null": None,
        "list": [1],
    } | {"2nd": "second"}
    resolved, _ = destination(pageEventName=template).for_event(track(properties=properties))
    assert resolved.page_event_name == used


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
def test_other_texts_are_not_templates(text: str) -> None:
    """Among them are the templates of page and screen names."""
    base, message = destination(pageEventName=text), track(properties={"there": "found"})
    resolved, rest = base.for_event(message)
    assert (resolved is base, rest is message, base.page_event_name) == (True, True, text)


def test_value_is_removed_from_the_event() -> None:
    """Only from a copy, and only this value."""
    message = track(properties={"token": "other", "price": 5})
    before = copy.deepcopy(message)
    resolved, rest = destination(token=FROM_EVENT).for_event(message)
    assert (resolved.token, rest, message) == ("other", track(properties={"price": 5}), before)


def test_event_without_values_gets_the_same_destination() -> None:
    """Nothing is copied or computed."""
    base, message = destination(token=FROM_EVENT), track()
    resolved, rest = base.for_event(message)
    assert (resolved is base, rest is message, base.token) == (True, True, "spare")


def test_value_of_two_settings_goes_to_the_first() -> None:
    """It is removed before the second is resolved."""
    base = destination(
        pageEventName="{{ event.name || P }}", screenEventName="{{ event.name || S }}"
    )
    resolved, _ = base.for_event({"name": "N"})
    assert (resolved.page_event_name, resolved.screen_event_name) == ("N", "S")


def test_settings_in_lists_and_unused_ones_are_resolved_as_well() -> None:
    """Any text of a Config, also one that only the device mode uses."""
    base = destination(
        group_key_settings=[{"group_key": "{{ event.traits.key || company }}"}, "team"],
        sourceName="{{ event.traits.source || web }}",
    )
    resolved, rest = base.for_event({"traits": {"key": "org", "source": "s"}})
    assert (base.group_keys, resolved.group_keys, rest) == (
        ("company", "team"),
        ("org", "team"),
        {"traits": {}},
    )


def test_whole_list_cannot_be_dynamic() -> None:
    """Its default would have to be a list, and is always text."""
    with pytest.raises(ConfigurationError) as caught:
        destination(groupKeySettings="{{ event.context.keys || company }}")
    assert str(caught.value) == "groupKeySettings: expected a list of names, got other text"


def test_template_in_an_event_is_plain_text() -> None:
    """Events cannot contain settings."""
    message = {"name": "{{ event.traits.secret || x }}", "traits": {"secret": "s"}}
    resolved, rest = destination(pageEventName="{{ event.name || P }}").for_event(message)
    assert (resolved.page_event_name, rest["traits"]) == (message["name"], {"secret": "s"})


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("dataResidency", "hush", "expected one of us, eu, in, got other text"),
        ("dataResidency", ["hush"], "expected one of us, eu, in, got a list"),
        ("identity_merge_api", True, "expected one of original, simplified, got true or false"),
        ("pageEventName", {"hush": 1}, "expected text, got an object"),
    ],
)
def test_value_that_is_not_allowed_rejects_the_event(
    setting: str, value: Any, message: str
) -> None:
    """No change of the settings would help; the error has the path in the event, not the value."""
    allowed = {"dataResidency": "us", "identity_merge_api": "original", "pageEventName": "P"}
    base = destination(**{setting: f"{{{{ event.context.x || {allowed[setting]} }}}}"})
    with pytest.raises(RejectedEvent) as caught:
        base.for_event(track(context={"x": value}))
    error = (caught.value.code, caught.value.field, caught.value.message.partition(": ")[2])
    assert error == (Code.INVALID_SETTING, "context.x", message)


@pytest.mark.parametrize("template", ["{{ event.x || }}", '{{ event.x || "" }}'])
def test_default_must_be_valid_by_itself(template: str) -> None:
    """Invalid settings are reported at once, not by the first event without a value."""
    with pytest.raises(ConfigurationError) as caught:
        destination(token=template)
    assert str(caught.value) == "token: expected text, got nothing"


@pytest.mark.parametrize("value", ["", None])
def test_default_counts_for_a_value_without_content(value: Any) -> None:
    """The setting's own default would be another region than the template's."""
    base = destination(dataResidency="{{ event.properties.region || eu }}")
    resolved, _ = base.for_event(track(properties={"region": value}))
    assert resolved.ingestion_url == "https://api-eu.mixpanel.com"


@pytest.mark.parametrize("token", [FROM_EVENT.replace("spare", "<token>"), "{{ event.token }}"])
def test_token_that_is_not_filled_in_is_refused(token: str) -> None:
    """A default that is a placeholder, or a path without a default."""
    with pytest.raises(ConfigurationError, match="got a placeholder"):
        destination(token=token)


def test_placeholder_in_an_event_rejects_the_event() -> None:
    """Its sender did not fill in the token."""
    with pytest.raises(RejectedEvent, match=r"token: .*, got a placeholder"):
        destination(token=FROM_EVENT).for_event(track(properties={"token": "${TOKEN}"}))


@pytest.mark.parametrize(
    ("value", "remembered"), [("P", True), (5, True), ("p" * 201, False)], ids=["text", "5", "long"]
)
def test_equal_values_make_one_destination(value: Any, *, remembered: bool) -> None:
    """It is cached, except for long values."""
    base = destination(pageEventName="{{ event.x || P }}")
    first, _ = base.for_event({"x": value})
    again, _ = base.for_event({"x": value, "other": 1})
    assert (first == again, first is again) == (True, remembered)


def test_number_1_is_not_true() -> None:
    """Values that are equal in Python are still different in the cache."""
    base = destination(pageEventName="{{ event.x || P }}")
    base.for_event({"x": 1})
    with pytest.raises(RejectedEvent):
        base.for_event({"x": True})


def test_cache_of_destinations_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events can have any number of different values."""
    monkeypatch.setattr(module, "MOST_REMEMBERED", 3)
    base = destination(pageEventName="{{ event.x || P }}")
    names = [base.for_event({"x": number})[0].page_event_name for number in range(10)]
    assert (names, base.dynamic and len(base.dynamic.remembered)) == (
        [str(number) for number in range(10)],
        3,
    )


def test_token_of_an_event_imports_by_itself() -> None:
    """The service account belongs to another project."""
    account = {"serviceAccountUserName": "ann", "serviceAccountSecret": "s", "projectId": 1}
    base = destination(token=FROM_EVENT, **account)
    own, _ = base.for_event(track(properties={"token": "own"}))
    assert (base.connection[1:4], own.connection[1:4]) == (("ann", "s", "1"), ("own", "", ""))


def test_event_does_not_change_another_address() -> None:
    """A sandbox stays a sandbox, whatever residency an event has."""
    base = destination(dataResidency="{{ event.context.residency || us }}")
    message = track(context={"residency": "eu"})
    moved = replace(base, ingestion_url="http://127.0.0.1:1")
    urls = [target.for_event(message)[0].ingestion_url for target in (base, moved, base)]
    assert urls == ["https://api-eu.mixpanel.com", "http://127.0.0.1:1", urls[0]]


def test_secrets_of_dynamic_settings_are_not_shown() -> None:
    """Neither the values nor the Config with the templates."""
    base = destination(token=FROM_EVENT, apiSecret="hush")
    assert [secret for secret in ("hush", "spare", TOKEN) if secret in repr(base)] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PLACES = st.sampled_from(["token", "dataResidency", "pageEventName", "sourceType", "unknown"])


@given(st.dictionaries(PLACES, st.sampled_from(["a", "b", "a.b", "c"]), min_size=1), JSON, JSON)
def test_any_event_is_resolved_or_rejected(places: dict[str, str], a: Any, c: Any) -> None:
    """Whatever JSON it contains: no other exception, and the event is not changed."""
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
