"""What is probably wrong with a Config is named, although the Config is accepted."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rudder_mixpanel.destination.setting_warnings import near_misses, setting_warnings
from rudder_mixpanel.destination.settings import SETTINGS, SOURCE_TYPES
from rudder_mixpanel.destination.types import letters
from tests.build import config

PRESET = {"compatibility": "rudderstack"}
NAMES = [row.name for row in SETTINGS]
CLI_NAMES = [row.cli_name.partition(".")[0] for row in SETTINGS if row.cli_name]
# Keys of RudderStack that are no settings here: of any destination, and of others than Mixpanel.
OTHER_KEYS = """
    eventDelivery eventDeliveryTS useNativeSDKToSend enableServerSideIdentify listOfConversions
    rudderAccountId rudderDeleteAccountId trackingID measurementId apiKey appKey accountId siteID
    dataCenter region endpoint bucketName prefix host port database namespace syncFrequency
    excludeWindow trackAllPages sendPageNameInSDK eventsMapping customMappings anonymizeIp
"""


def warned(**changes: Any) -> list[str]:
    """The warnings about a Config, as text."""
    return [str(warning) for warning in setting_warnings(config(**changes))]


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        ("dataResidnecy", "dataResidency"),
        ("data_residnecy", "data_residency"),
        ("DataResidency", "dataResidency"),
        ("data-residency", "dataResidency"),
        ("DATA_RESIDENCY", "data_residency"),
        ("Data Residency", "dataResidency"),
        ("serviceAccountUsername", "serviceAccountUserName"),
        ("service_account_username", "service_account_user_name"),
        ("gdprToken", "gdprApiToken"),
        ("identityMerge", "identityMergeApi"),
        ("page_event_names", "pageEventName"),
        ("consolidatedPageCals", "consolidatedPageCalls"),
        ("use_native_sdk", "useNativeSDK"),
        ("event_filterin", "event_filtering"),
    ],
)
def test_near_miss_of_a_setting_is_named(name: str, similar: str) -> None:
    """With the setting that it resembles, in the spelling of the Config."""
    text = f"{name}: ignored, as no setting has this name; did you mean {similar}?"
    assert warned(**{name: "eu"}) == [text]


def test_known_names_are_not_near_misses() -> None:
    """In neither spelling, although some of them resemble each other."""
    assert list(near_misses(NAMES + CLI_NAMES, [*NAMES, "eventFiltering"])) == []


def test_other_keys_of_rudderstack_are_not_near_misses() -> None:
    """They are ignored without a warning."""
    assert warned(**dict.fromkeys(OTHER_KEYS.split(), "x")) == []


def slips(name: str) -> st.SearchStrategy[str]:
    """The name with one letter missing, doubled, replaced or exchanged with the next."""
    at = st.integers(0, len(name) - 2)
    return st.one_of(
        at.map(lambda i: name[:i] + name[i + 1 :]),
        at.map(lambda i: name[: i + 1] + name[i:]),
        at.map(lambda i: name[:i] + "q" + name[i + 1 :]),
        at.map(lambda i: name[:i] + name[i + 1] + name[i] + name[i + 2 :]),
    )


@settings(max_examples=500)
@given(st.data())
def test_one_slip_in_any_name_is_attributed_to_that_name(data: st.DataObject) -> None:
    """The cutoff is as high as that allows; in a missing token, the error itself is the help."""
    name = data.draw(st.sampled_from([name for name in NAMES if name != "token"]))
    slip = data.draw(slips(name))
    expected = [] if slip in NAMES else [(slip, name)]
    assert list(near_misses([slip], NAMES)) == expected


def test_names_differ_by_more_than_their_spelling() -> None:
    """Each near miss by case or signs has one setting."""
    assert len({letters(name) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"consentManagement": [{"provider": "custom", "consent": ["ads"]}]},
            "consentManagement: its key consent is ignored; did you mean consents?",
        ),
        (
            {"consentManagement": {"web": [{"resolution_stratgy": "or", "consents": ["ads"]}]}},
            (
                "consentManagement: its key resolution_stratgy is ignored; "
                "did you mean resolutionStrategy?"
            ),
        ),
        (
            {"ketchConsentPurposes": {"warehose": [{"purpose": "ads"}]}},
            "ketchConsentPurposes: its key warehose is ignored; did you mean warehouse?",
        ),
        (
            {"event_filtering": {"whitelst": ["Order"]}},
            "event_filtering: its key whitelst is ignored; did you mean whitelist?",
        ),
        (
            {"groupKeySettings": [{"groupKey": "company", "groupkey": "team"}]},
            "groupKeySettings: its key groupkey is ignored; did you mean groupKey?",
        ),
    ],
    ids=["consents", "strategy", "source", "event filtering", "group key"],
)
def test_near_miss_inside_of_a_setting_is_named(changes: dict[str, Any], text: str) -> None:
    """There, too, a misspelt key would be ignored."""
    assert warned(**changes) == [text]


def test_keys_that_count_are_not_near_misses() -> None:
    """In RudderStack's spelling and in that of the Rudder CLI."""
    consents = [{"provider": "custom", "resolution_strategy": "or", "consents": [{"consent": "a"}]}]
    by_source = dict.fromkeys([*SOURCE_TYPES, "reactNative", "ios_swift"], consents)
    groups = [{"group_key": "company"}, "team", {"groupKey": "unit", "id": 1}]
    blacklist = {"blacklist": ["Order"]}
    assert (
        warned(consentManagement=by_source, groupKeySettings=groups, event_filtering=blacklist)
        == []
    )


def test_setting_in_two_spellings_is_named() -> None:
    """Only the last one counts."""
    text = "data_residency: ignored, as the setting is given again as dataResidency"
    assert [
        str(warning)
        for warning in setting_warnings({"data_residency": "eu", "dataResidency": "in"})
    ] == [text]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"people": False},
            (
                "people: overrides compatibility rudderstack: charges end, "
                "which RudderStack's code records regardless"
            ),
        ),
        (
            {"pageEventName": "Page"},
            (
                "pageEventName: overrides compatibility rudderstack: page events get another name "
                "than RudderStack gives them"
            ),
        ),
        (
            {"screenEventName": "{{ event.name || Screen }}"},
            (
                "screenEventName: overrides compatibility rudderstack: screen events get another "
                "name than RudderStack gives them"
            ),
        ),
    ],
    ids=["people", "page", "screen"],
)
def test_setting_that_takes_away_from_the_preset_is_named(
    changes: dict[str, Any], text: str
) -> None:
    """Without the preset, it is the user's own choice."""
    assert (warned(**PRESET, **changes), warned(**changes)) == ([text], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"people": True},
        {"people": None},
        {"people": "no"},
        {"pageEventName": ""},
        {"pageEventName": "Loaded a Page"},
        {"userDefinedPageEventTemplate": "Viewed {{ name }}"},
    ],
)
def test_setting_that_agrees_with_the_preset_is_not_named(changes: dict[str, Any]) -> None:
    """Nor is one that is absent, refused, or does in RudderStack what it does here."""
    assert warned(**PRESET, **changes) == []


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"pageEventName": "{{ .PAGE }}"}, "pageEventName"),
        ({"screenEventName": "Viewed ${SCREEN}"}, "screenEventName"),
        ({"groupKeySettings": [{"groupKey": "<group key>"}]}, "groupKeySettings"),
        ({"propIncrements": ["{{ event.properties.name }}"]}, "propIncrements"),
        ({"consentManagement": {"web": [{"consents": ["env.CONSENT"]}]}}, "consentManagement"),
    ],
)
def test_placeholder_that_is_used_as_it_is_is_named(changes: dict[str, Any], setting: str) -> None:
    """Only credentials are refused, as other texts may look like one."""
    text = f"{setting}: a placeholder in it stays; only {{{{ path || default }}}} is filled in"
    assert warned(**changes) == [text]


@pytest.mark.parametrize(
    "changes",
    [
        {"pageEventName": "{{ event.name || Page }}"},
        {"userDefinedPageEventTemplate": "Viewed {{ name }}"},
        {"groupKeySettings": ["COMPANY_ID", "[team]"]},
        {"sourceName": "{{ .NAME }}"},
        {"token": "{{ .NAME }}"},
    ],
    ids=["dynamic", "template", "upper case", "device mode", "refused"],
)
def test_text_without_a_placeholder_that_stays_is_not_named(changes: dict[str, Any]) -> None:
    """Nor is a setting that is ignored or refused anyway."""
    assert warned(**changes) == []


@pytest.mark.parametrize("path", ["properties.region", "events.context.region"])
def test_dynamic_setting_that_no_event_provides_is_named(path: str) -> None:
    """Its path does not lead into the event."""
    text = "always its default, as its path does not start with event. or message."
    assert warned(dataResidency=f"{{{{ {path} || us }}}}") == [f"dataResidency: {text}"]


def test_absent_values_are_not_named() -> None:
    """RudderStack exports empty fields as null."""
    assert warned(dataResidnecy=None, people=None, consentManagement=None) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(max_size=20) | st.sampled_from([*NAMES, *CLI_NAMES]), JSON))
def test_any_config_has_a_list_of_warnings(content: dict[str, Any]) -> None:
    """Also one that is refused: the warning may say why."""
    assert isinstance(setting_warnings(content), list)
