"""An event is delivered, or filtered for a reason: where to, by whose consent, by which name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.filters import filter_reason
from tests.build import destination, identify, track

NO_OBJECT = "integrations is not an object, which means no destination"
NO_SWITCH = "integrations.All is neither true nor false, which means no destination"
NOT_ALL = "integrations.All is false"
NOT_US = "integrations.Mixpanel is false"
CONSENT = "consent denied"


@pytest.mark.parametrize(
    ("integrations", "reason"),
    [
        ({}, None),
        ({"All": True}, None),
        ({"All": False}, NOT_ALL),
        ({"All": False, "Mixpanel": True}, None),
        ({"All": False, "Mixpanel": {"option": 1}}, None),
        ({"All": False, "Mixpanel": {}}, None),
        ({"Mixpanel": False}, NOT_US),
        ({"All": True, "Mixpanel": False}, NOT_US),
        ({"Mixpanel": True}, None),
        ({"Mixpanel": "true"}, None),
        ({"All": False, "Mixpanel": "true"}, NOT_ALL),
        ({"All": False, "Mixpanel": 1}, NOT_ALL),
        ({"All": False, "Mixpanel": [1]}, NOT_ALL),
        ({"All": True, "Mixpanel": None}, None),
        ({"All": "true"}, NO_SWITCH),
        ({"All": 1, "Mixpanel": True}, NO_SWITCH),
        ({"All": None}, NO_SWITCH),
        ({"All": False, "MP": True}, NOT_ALL),
        ({"All": False, "mixpanel": True}, NOT_ALL),
        ({"Amplitude": False}, None),
        (["Mixpanel"], NO_OBJECT),
        ("Mixpanel", NO_OBJECT),
        (True, NO_OBJECT),
        (None, NO_OBJECT),
    ],
    ids=json.dumps,
)
def test_integrations_decide_as_in_rudderstack(integrations: Any, reason: str | None) -> None:
    """A word about Mixpanel, by its display name, comes before the word about all."""
    assert filter_reason({**track(), "integrations": integrations}, destination()) == reason


@pytest.mark.parametrize("message", [track(), identify(), {}], ids=["track", "identify", "empty"])
def test_message_without_integrations_is_delivered(message: dict[str, Any]) -> None:
    """Silence means everybody."""
    assert filter_reason(message, destination()) is None


# --- consent -------------------------------------------------------------------------------------


def denying(*ids: Any, **told: Any) -> dict[str, Any]:
    """A track call of a user who denies consent to these."""
    return track(context={"consentManagement": {"deniedConsentIds": list(ids), **told}})


def needing(provider: str, *ids: str, strategy: str | None = None) -> list[dict[str, Any]]:
    """What a destination needs consent to, in RudderStack's spelling."""
    consents = [{"consent": one} for one in ids]
    return [{"provider": provider, "consents": consents, "resolutionStrategy": strategy}]


@pytest.mark.parametrize("provider", ["oneTrust", "ketch", "iubenda"])
@pytest.mark.parametrize(
    ("denied", "strategy", "is_filtered"),
    [
        ([], "and", False),
        (["c"], "and", False),
        (["a"], "and", True),
        (["a", "b", "c"], "and", True),
        (["a"], "or", False),
        (["a", "b"], "or", True),
        (["a", "b", "c"], "or", True),
        (["a"], "", True),
        (["a"], None, True),
        (["a"], "some", True),
        (["a"], ["or"], True),
    ],
)
def test_event_says_how_its_denials_count(
    provider: str, denied: list[str], strategy: Any, *, is_filtered: bool
) -> None:
    """With `or` all that is needed must be denied; with anything else one of it is enough."""
    there = destination(consentManagement=needing(provider, "a", "b"))
    message = denying(*denied, provider=provider, resolutionStrategy=strategy)
    expected = f"{CONSENT} ({provider})" if is_filtered else None
    assert filter_reason(message, there) == expected


@pytest.mark.parametrize(
    ("strategy", "is_filtered"), [("or", False), ("and", True), ("", True), (None, True)]
)
def test_settings_say_how_denials_to_a_custom_manager_count(
    strategy: str | None, *, is_filtered: bool
) -> None:
    """Whatever the event says."""
    there = destination(consentManagement=needing("custom", "a", "b", strategy=strategy))
    message = denying("a", provider="custom", resolutionStrategy="or" if is_filtered else "and")
    assert filter_reason(message, there) == (f"{CONSENT} (custom)" if is_filtered else None)


@pytest.mark.parametrize(
    "told",
    [
        {"provider": "ketch"},
        {"provider": ""},
        {"provider": None},
        {"provider": ["oneTrust"]},
        {"provider": "OneTrust"},
        {},
    ],
    ids=json.dumps,
)
def test_denial_to_another_manager_does_not_count(told: dict[str, Any]) -> None:
    """Ids mean something to the manager that made them."""
    there = destination(consentManagement=needing("oneTrust", "a"))
    assert filter_reason(denying("a", **told), there) is None


@pytest.mark.parametrize(
    "context",
    [
        None,
        [],
        {"consentManagement": None},
        {"consentManagement": [{"deniedConsentIds": ["a"]}]},
        {"consentManagement": {"provider": "oneTrust"}},
        {"consentManagement": {"provider": "oneTrust", "deniedConsentIds": None}},
        {"consentManagement": {"provider": "oneTrust", "deniedConsentIds": "a"}},
        {"consentManagement": {"provider": "oneTrust", "deniedConsentIds": {"a": True}}},
        {"consentManagement": {"provider": "oneTrust", "deniedConsentIds": ["", " a ", 1, None]}},
        {"consentManagement": {"provider": "oneTrust", "allowedConsentIds": ["b"]}},
    ],
    ids=json.dumps,
)
def test_what_denies_nothing_is_delivered(context: Any) -> None:
    """Only ids in a list deny, to the letter."""
    there = destination(consentManagement=needing("oneTrust", "a"))
    assert filter_reason({**track(), "context": context}, there) is None


def test_denial_beside_nonsense_counts() -> None:
    """One bad item does not make a denied consent a given one."""
    there = destination(consentManagement=needing("oneTrust", "a"))
    message = denying({}, 1, "a", provider="oneTrust")
    assert filter_reason(message, there) == f"{CONSENT} (oneTrust)"


ONE_TRUST = {
    "oneTrustCookieCategories": [{"oneTrustCookieCategory": "a"}, {"oneTrustCookieCategory": "b"}]
}
OTHER_CATEGORY = {"oneTrustCookieCategories": [{"oneTrustCookieCategory": "z"}]}
KETCH = {"ketchConsentPurposes": [{"purpose": "a"}, {"purpose": "b"}]}
BY_CATEGORY = f"{CONSENT} (oneTrustCookieCategories)"
BY_PURPOSE = f"{CONSENT} (ketchConsentPurposes)"


@pytest.mark.parametrize(
    ("settings", "provider", "denied", "reason"),
    [
        (ONE_TRUST, None, ["a"], BY_CATEGORY),
        (ONE_TRUST, "", ["a"], BY_CATEGORY),
        (ONE_TRUST, "oneTrust", ["a"], BY_CATEGORY),
        (ONE_TRUST, "ketch", ["a", "b"], None),
        (ONE_TRUST, "custom", ["a", "b"], None),
        (ONE_TRUST, None, ["c"], None),
        (KETCH, None, ["a"], None),
        (KETCH, None, ["a", "b"], BY_PURPOSE),
        (KETCH, "ketch", ["a", "b", "c"], BY_PURPOSE),
        (KETCH, "oneTrust", ["a", "b"], None),
        (ONE_TRUST | KETCH, None, ["a"], BY_CATEGORY),
        (OTHER_CATEGORY | KETCH, None, ["a", "b"], BY_PURPOSE),
        (ONE_TRUST | KETCH, "ketch", ["a", "b"], BY_PURPOSE),
        (ONE_TRUST | KETCH, "ketch", ["a"], None),
        (ONE_TRUST | {"consentManagement": needing("oneTrust", "c")}, "oneTrust", ["a"], None),
        (ONE_TRUST | {"consentManagement": needing("oneTrust")}, "oneTrust", ["a"], BY_CATEGORY),
        (ONE_TRUST | {"consentManagement": needing("ketch", "c")}, "oneTrust", ["a"], BY_CATEGORY),
    ],
)
def test_settings_of_old_hold_where_no_newer_do(
    settings: dict[str, Any], provider: str | None, denied: list[str], reason: str | None
) -> None:
    """One of OneTrust's categories is enough, of Ketch's purposes it takes all."""
    assert filter_reason(denying(*denied, provider=provider), destination(**settings)) == reason


@pytest.mark.parametrize(
    ("changes", "is_filtered"),
    [
        ({"sourceType": "web"}, True),
        ({"sourceType": "reactnative"}, False),
        ({"sourceType": "react_native"}, False),
        ({"sourceType": "cloud"}, False),
    ],
)
def test_source_type_picks_the_consents(changes: dict[str, Any], *, is_filtered: bool) -> None:
    """An exported Config holds them for each source type."""
    by_source = {"web": needing("oneTrust", "a"), "react_native": needing("oneTrust", "b")}
    there = destination(consentManagement=by_source, **changes)
    message = denying("a", provider="oneTrust")
    assert (filter_reason(message, there) is not None) == is_filtered


# --- event lists ---------------------------------------------------------------------------------

ALLOWING = {
    "filterEvents": True,
    "eventFilteringOption": "whitelistedEvents",
    "whitelistedEvents": [{"eventName": " Order Completed "}, {"eventName": ""}],
    "blacklistedEvents": [{"eventName": "Order Completed"}],
}
DENYING = {
    "filterEvents": True,
    "eventFilteringOption": "blacklistedEvents",
    "whitelistedEvents": [{"eventName": "Order Completed"}],
    "blacklistedEvents": [{"eventName": "Order Completed"}],
}
NOT_ALLOWED = "the event is not in whitelistedEvents"
DENIED = "the event is in blacklistedEvents"


@pytest.mark.parametrize(
    ("settings", "event", "reason"),
    [
        (ALLOWING, "Order Completed", None),
        (ALLOWING, "  Order Completed\n", None),
        (ALLOWING, "order completed", NOT_ALLOWED),
        (ALLOWING, "Other", NOT_ALLOWED),
        (ALLOWING, "", NOT_ALLOWED),
        (ALLOWING, None, NOT_ALLOWED),
        (ALLOWING, ["Order Completed"], NOT_ALLOWED),
        (ALLOWING | {"whitelistedEvents": [{"eventName": "404"}]}, 404, None),
        (DENYING | {"blacklistedEvents": [{"eventName": "404"}]}, 404, DENIED),
        (ALLOWING | {"whitelistedEvents": []}, "Order Completed", NOT_ALLOWED),
        (DENYING, "Order Completed", DENIED),
        (DENYING, " Order Completed ", DENIED),
        (DENYING, "order completed", None),
        (DENYING, "Other", None),
        (DENYING, "", None),
        (DENYING, None, None),
        (DENYING | {"blacklistedEvents": [{"eventName": ""}]}, "", None),
        (ALLOWING | {"filterEvents": False}, "Other", None),
        (DENYING | {"filterEvents": False}, "Order Completed", None),
        (ALLOWING | {"eventFilteringOption": "disable"}, "Other", None),
        ({"filterEvents": True}, "Other", None),
    ],
)
def test_lists_hold_for_track_events(
    settings: dict[str, Any], event: Any, reason: str | None
) -> None:
    """When switched on: names trimmed, case kept, and nameless events in no list."""
    assert filter_reason({**track(), "event": event}, destination(**settings)) == reason


@pytest.mark.parametrize("kind", ["identify", "page", "screen", "group", "alias", "Track", None])
def test_lists_say_nothing_about_other_calls(kind: str | None) -> None:
    """As in RudderStack's SDKs."""
    assert filter_reason({**track(), "type": kind}, destination(**ALLOWING, people=True)) is None


@pytest.mark.parametrize(
    ("block", "reason"),
    [({"whitelist": ["Other"]}, NOT_ALLOWED), ({"blacklist": ["Order Completed"]}, DENIED)],
)
def test_lists_of_the_cli(block: dict[str, Any], reason: str) -> None:
    """The Rudder CLI nests them, and says with the list which one holds."""
    assert filter_reason(track(), destination(filter_events=True, event_filtering=block)) == reason


# --- whatever arrives ----------------------------------------------------------------------------

KEYS = st.sampled_from(["All", "Mixpanel", "provider", "deniedConsentIds", "resolutionStrategy"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["a", "oneTrust"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)
EVERY_FILTER = destination(
    **ALLOWING, **ONE_TRUST, **KETCH, consentManagement=needing("oneTrust", "a")
)


@given(JSON, JSON, JSON, JSON)
def test_any_message_gets_a_decision(
    integrations: Any, context: Any, told: Any, event: Any
) -> None:
    """Whatever JSON stands where filters look, and the message stays as it was."""
    message = {"type": "track", "integrations": integrations, "context": context, "event": event}
    if isinstance(context, dict):
        context["consentManagement"] = told
    before = repr(message)
    reason = filter_reason(message, EVERY_FILTER)
    assert (reason is None or reason != "", repr(message)) == (True, before)
