"""Which events are filtered: by integrations, consent and event lists."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.filters import filter_reason
from tests.build import destination, identify, track

NOT_AN_OBJECT = "integrations is not an object, which means no destination"
NOT_A_BOOLEAN = "integrations.All is neither true nor false, which means no destination"
NOT_ALL = "integrations.All is false"
NOT_MIXPANEL = "integrations.Mixpanel is false"
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
        ({"Mixpanel": False}, NOT_MIXPANEL),
        ({"All": True, "Mixpanel": False}, NOT_MIXPANEL),
        ({"Mixpanel": True}, None),
        ({"Mixpanel": "true"}, None),
        ({"All": False, "Mixpanel": "true"}, NOT_ALL),
        ({"All": False, "Mixpanel": 1}, NOT_ALL),
        ({"All": False, "Mixpanel": [1]}, NOT_ALL),
        ({"All": True, "Mixpanel": None}, None),
        ({"All": "true"}, NOT_A_BOOLEAN),
        ({"All": 1, "Mixpanel": True}, NOT_A_BOOLEAN),
        ({"All": None}, NOT_A_BOOLEAN),
        ({"All": False, "MP": True}, NOT_ALL),
        ({"All": False, "mixpanel": True}, NOT_ALL),
        ({"Amplitude": False}, None),
        (["Mixpanel"], NOT_AN_OBJECT),
        ("Mixpanel", NOT_AN_OBJECT),
        (True, NOT_AN_OBJECT),
        (None, NOT_AN_OBJECT),
    ],
    ids=json.dumps,
)
def test_integrations_decide_as_in_rudderstack(integrations: Any, reason: str | None) -> None:
    """The entry for Mixpanel, by its display name, takes precedence over All."""
    assert filter_reason({**track(), "integrations": integrations}, destination()) == reason


@pytest.mark.parametrize("message", [track(), identify(), {}], ids=["track", "identify", "empty"])
def test_message_without_integrations_is_delivered(message: dict[str, Any]) -> None:
    """Without integrations, every destination receives the event."""
    assert filter_reason(message, destination()) is None


# --- types ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["record", "merge", "audiencelist"])
@pytest.mark.parametrize("spelling", ["{}", " {}\n", "\t{} "])
def test_type_that_no_mixpanel_destination_gets_is_filtered(kind: str, spelling: str) -> None:
    """RudderStack's server filters these calls, whatever the case and blanks of their type."""
    reason = f"RudderStack sends no {kind} calls to Mixpanel"
    spellings = [spelling.format(word) for word in (kind, kind.upper(), kind.title())]
    assert {filter_reason(track(type=word), destination()) for word in spellings} == {reason}


@pytest.mark.parametrize(
    "kind", ["track", "Track", " track ", "records", "foo", "", None, 1, True, ["record"], {}]
)
def test_any_other_type_is_not_filtered(kind: Any) -> None:
    """It is mapped or rejected; RudderStack rejects `Track`, too."""
    assert filter_reason({**track(), "type": kind}, destination()) is None


# --- consent -------------------------------------------------------------------------------------


def denying_track(*ids: Any, **management: Any) -> dict[str, Any]:
    """A track call of a user who denies consent to these ids."""
    return track(context={"consentManagement": {"deniedConsentIds": list(ids), **management}})


def requiring(provider: str, *ids: str, strategy: str | None = None) -> list[dict[str, Any]]:
    """The consents that a destination requires, as RudderStack's Config spells them."""
    consents = [{"consent": item} for item in ids]
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
def test_event_names_its_consent_strategy(
    provider: str, denied: list[str], strategy: Any, *, is_filtered: bool
) -> None:
    """With `or`, all required ids must be denied; with anything else, one is enough."""
    target = destination(consentManagement=requiring(provider, "a", "b"))
    message = denying_track(*denied, provider=provider, resolutionStrategy=strategy)
    expected = f"{CONSENT} ({provider})" if is_filtered else None
    assert filter_reason(message, target) == expected


@pytest.mark.parametrize(
    ("strategy", "is_filtered"), [("or", False), ("and", True), ("", True), (None, True)]
)
def test_settings_name_the_strategy_of_a_custom_consent_manager(
    strategy: str | None, *, is_filtered: bool
) -> None:
    """The strategy in the event is ignored."""
    target = destination(consentManagement=requiring("custom", "a", "b", strategy=strategy))
    message = denying_track(
        "a", provider="custom", resolutionStrategy="or" if is_filtered else "and"
    )
    assert filter_reason(message, target) == (f"{CONSENT} (custom)" if is_filtered else None)


@pytest.mark.parametrize(
    "management",
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
def test_denial_to_another_consent_manager_does_not_count(management: dict[str, Any]) -> None:
    """Ids of different consent managers are unrelated."""
    target = destination(consentManagement=requiring("oneTrust", "a"))
    assert filter_reason(denying_track("a", **management), target) is None


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
def test_event_without_a_denial_is_delivered(context: Any) -> None:
    """Only exact ids in a list deny."""
    target = destination(consentManagement=requiring("oneTrust", "a"))
    assert filter_reason({**track(), "context": context}, target) is None


def test_denial_beside_invalid_items_counts() -> None:
    """Invalid items in the list do not hide a denied id."""
    target = destination(consentManagement=requiring("oneTrust", "a"))
    message = denying_track({}, 1, "a", provider="oneTrust")
    assert filter_reason(message, target) == f"{CONSENT} (oneTrust)"


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
        (ONE_TRUST | {"consentManagement": requiring("oneTrust", "c")}, "oneTrust", ["a"], None),
        (ONE_TRUST | {"consentManagement": requiring("oneTrust")}, "oneTrust", ["a"], BY_CATEGORY),
        (
            ONE_TRUST | {"consentManagement": requiring("ketch", "c")},
            "oneTrust",
            ["a"],
            BY_CATEGORY,
        ),
    ],
)
def test_older_settings_apply_without_newer_ones(
    settings: dict[str, Any], provider: str | None, denied: list[str], reason: str | None
) -> None:
    """One denied OneTrust category is enough; of Ketch's purposes, all must be denied."""
    assert (
        filter_reason(denying_track(*denied, provider=provider), destination(**settings)) == reason
    )


@pytest.mark.parametrize(
    ("changes", "is_filtered"),
    [
        ({"sourceType": "web"}, True),
        ({"sourceType": "reactnative"}, False),
        ({"sourceType": "react_native"}, False),
        ({"sourceType": "cloud"}, False),
    ],
)
def test_source_type_selects_the_consents(changes: dict[str, Any], *, is_filtered: bool) -> None:
    """An exported Config has consents for each source type."""
    by_source = {"web": requiring("oneTrust", "a"), "react_native": requiring("oneTrust", "b")}
    target = destination(consentManagement=by_source, **changes)
    message = denying_track("a", provider="oneTrust")
    assert (filter_reason(message, target) is not None) == is_filtered


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
def test_lists_apply_to_track_events(
    settings: dict[str, Any], event: Any, reason: str | None
) -> None:
    """If enabled: names are trimmed, case counts, and an event without a name is in no list."""
    assert filter_reason({**track(), "event": event}, destination(**settings)) == reason


@pytest.mark.parametrize("kind", ["identify", "page", "screen", "group", "alias", "Track", None])
def test_lists_do_not_apply_to_other_calls(kind: str | None) -> None:
    """As in RudderStack's SDKs, only track events are filtered."""
    assert filter_reason({**track(), "type": kind}, destination(**ALLOWING, people=True)) is None


@pytest.mark.parametrize(
    ("block", "reason"),
    [({"whitelist": ["Other"]}, NOT_ALLOWED), ({"blacklist": ["Order Completed"]}, DENIED)],
)
def test_lists_as_the_rudder_cli_spells_them(block: dict[str, Any], reason: str) -> None:
    """The Rudder CLI nests the lists, and the key says which one applies."""
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
    **ALLOWING, **ONE_TRUST, **KETCH, consentManagement=requiring("oneTrust", "a")
)


@given(JSON, JSON, JSON, JSON)
def test_any_message_gets_a_decision(
    integrations: Any, context: Any, management: Any, event: Any
) -> None:
    """Any JSON in the fields that filters read; the message is not changed."""
    message = {"type": "track", "integrations": integrations, "context": context, "event": event}
    if isinstance(context, dict):
        context["consentManagement"] = management
    before = repr(message)
    reason = filter_reason(message, EVERY_FILTER)
    assert (reason is None or reason != "", repr(message)) == (True, before)
