"""A Config of RudderStack becomes a destination, or an error that names the setting."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.destination.settings import SETTINGS
from rudder_mixpanel.errors import Code, ConfigurationError
from tests.build import TOKEN, config, destination

RUDDERSTACK = {"compatibility": "rudderstack"}
ACCOUNT = {"serviceAccountUserName": "ann", "serviceAccountSecret": "s3cret", "projectId": 123}


@pytest.mark.parametrize(
    ("residency", "url"),
    [
        (None, "https://api.mixpanel.com"),
        ("", "https://api.mixpanel.com"),
        ("us", "https://api.mixpanel.com"),
        ("eu", "https://api-eu.mixpanel.com"),
        ("in", "https://api-in.mixpanel.com"),
    ],
)
def test_ingestion_url_is_of_the_region(residency: str | None, url: str) -> None:
    """Mixpanel does not redirect between regions."""
    assert destination(dataResidency=residency).ingestion_url == url


def test_defaults() -> None:
    """With a token alone, each event is validated, and options are off."""
    assert Destination.from_config({"token": "t"}) == Destination(
        token="t",
        ingestion_url="https://api.mixpanel.com",
        import_username="t",
        import_password="",
        project_id="",
        strict_mode=True,
        simplified=False,
        ingestion_api="import",
        page_event_name="Page",
        screen_event_name="Screen",
        page_event_template=None,
        screen_event_template=None,
        root_names_only=False,
        drop_traits_in_track_event=False,
        use_new_mapping=False,
        people=False,
        increments=(),
        set_once=(),
        union=(),
        append=(),
        group_keys=(),
        group_keys_on_events=False,
        product_events=False,
        counters_at_least_once=False,
        newer_wins=True,
        consents=(),
        one_trust_categories=frozenset(),
        ketch_purposes=frozenset(),
        allowed_events=None,
        denied_events=frozenset(),
        max_event_age=157_784_760_000,
    )


def test_spelling_of_the_cli() -> None:
    """A file of the Rudder CLI is equal to the Config that it creates."""
    camel = config(
        dataResidency="eu",
        identityMergeApi="simplified",
        useUserDefinedPageEventName=True,
        userDefinedPageEventTemplate="A {{ name }}",
        dropTraitsInTrackEvent=True,
        strictMode=False,
        propIncrements=[{"property": "a"}],
        setOnceProperties=[{"property": "b"}],
        unionProperties=[{"property": "c"}],
        appendProperties=[{"property": "d"}],
        groupKeySettings=[{"groupKey": "e"}],
        useNewMapping=True,
        consentManagement={
            "iosSwift": [
                {
                    "provider": "custom",
                    "resolutionStrategy": "or",
                    "consents": [{"consent": "f"}],
                }
            ]
        },
        filterEvents=True,
        eventFilteringOption="blacklistedEvents",
        blacklistedEvents=[{"eventName": "g"}],
        userDeletionApi="task",
    )
    snake = {
        "token": TOKEN,
        "data_residency": "eu",
        "identity_merge_api": "simplified",
        "use_user_defined_page_event_name": True,
        "user_defined_page_event_template": "A {{ name }}",
        "drop_traits_in_track_event": True,
        "strict_mode": False,
        "prop_increments": ["a"],
        "set_once_properties": ["b"],
        "union_properties": ["c"],
        "append_properties": ["d"],
        "group_key_settings": ["e"],
        "use_new_mapping": True,
        "consent_management": {
            "ios_swift": [{"provider": "custom", "resolution_strategy": "or", "consents": ["f"]}]
        },
        "filter_events": True,
        "event_filtering": {"blacklist": ["g"]},
        "user_deletion_api": "task",
    }
    assert Destination.from_config(snake) == Destination.from_config(camel)


def test_credentials_override_settings_in_either_spelling() -> None:
    """They are merged over the settings, and come last."""
    merged = config(service_account_secret="old", **ACCOUNT)
    assert Destination.from_config(merged).import_password == "s3cret"


def test_null_counts_as_absent() -> None:
    """A null in one spelling does not hide the other spelling."""
    assert not Destination.from_config(
        {**config(strictMode=False), "strict_mode": None}
    ).strict_mode


def test_unknown_settings_are_ignored() -> None:
    """An exported Config has the settings of the device mode as well."""
    exported = config(sessionReplayPercentage={"web": "0"}, persistenceType=1, apiKey=[1])
    assert Destination.from_config(exported) == destination()


@pytest.mark.parametrize(
    ("changes", "credentials"),
    [
        ({}, (TOKEN, "", "")),
        ({"apiSecret": "old"}, (TOKEN, "", "")),
        ({"apiSecret": "old", "importAuth": "apiSecret"}, ("old", "", "")),
        (ACCOUNT, ("ann", "s3cret", "123")),
        ({**ACCOUNT, "serviceAccountSecret": None}, (TOKEN, "", "")),
        ({"projectId": "123"}, (TOKEN, "", "")),
        ({**ACCOUNT, **RUDDERSTACK}, ("ann", "s3cret", "123")),
        ({**ACCOUNT, **RUDDERSTACK, "projectId": None}, (TOKEN, "", "")),
        ({**ACCOUNT, **RUDDERSTACK, "serviceAccountUserName": ""}, (TOKEN, "", "")),
    ],
)
def test_credentials_of_import(changes: dict[str, Any], credentials: tuple[str, ...]) -> None:
    """A service account when its secret is set, else the token; the API secret by importAuth."""
    result = destination(**changes)
    assert (result.import_username, result.import_password, result.project_id) == credentials


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"token": None}, "token"),
        ({"token": " "}, "token"),
        ({"importAuth": "apiSecret"}, "apiSecret"),
        ({**ACCOUNT, "projectId": None}, "projectId"),
        ({**ACCOUNT, "serviceAccountUserName": ""}, "serviceAccountUserName"),
    ],
)
def test_missing_setting_is_named(changes: dict[str, Any], setting: str) -> None:
    """The error has the name of the required setting."""
    with pytest.raises(ConfigurationError) as caught:
        destination(**changes)
    assert (caught.value.setting, caught.value.expected) == (setting, "expected text, got nothing")


TOKEN_TEXT = "at most 100 letters, digits, hyphens and underscores"
LINE = "text of at most 100 characters on one line"
LISTS = "one of disable, whitelistedEvents, blacklistedEvents"


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("token", ["t"], "expected text, got a list"),
        ("token", True, "expected text, got true or false"),
        ("dataResidency", "EU", "expected one of us, eu, in, got other text"),
        ("dataResidency", {}, "expected one of us, eu, in, got an object"),
        ("identityMergeApi", "x", "expected one of original, simplified, got other text"),
        ("ingestionApi", 1, "expected one of import, track, got a number"),
        ("compatibility", "x", "expected one of none, rudderstack, got other text"),
        ("importAuth", "x", "expected one of automatic, apiSecret, got other text"),
        ("strictMode", "true", "expected true or false, got other text"),
        ("strictMode", 1, "expected true or false, got a number"),
        ("pageEventName", 1.5, "expected text, got a number"),
        ("token", "t" * 101, f"expected {TOKEN_TEXT}, got other text"),
        ("token", "one\ntwo", f"expected {TOKEN_TEXT}, got other text"),
        ("token", "token:secret", f"expected {TOKEN_TEXT}, got other text"),
        ("gdprApiToken", "one\ntwo", f"expected {LINE}, got other text"),
        ("groupKeysOnEvents", "yes", "expected true or false, got other text"),
        ("productEvents", 0, "expected true or false, got a number"),
        ("filterEvents", [], "expected true or false, got a list"),
        ("gdprApiToken", {}, "expected text, got an object"),
        ("userDeletionApi", "all", "expected one of engage, task, got other text"),
        ("complianceType", "gdpr", "expected one of GDPR, CCPA, got other text"),
        ("eventFilteringOption", True, f"expected {LISTS}, got true or false"),
        ("whitelistedEvents", {"a": 1}, "expected a list of names, got an object"),
        (
            "setOnceProperties",
            ["n" * 101],
            "expected at most 100 characters at index 0, got other text",
        ),
        ("event_filtering", ["a"], "expected an object with whitelist or blacklist, got a list"),
        (
            "event_filtering",
            {"whitelist": ["a"], "blacklist": ["b"]},
            "expected whitelist or blacklist, got both",
        ),
        ("consentManagement", "a", "expected a list of consent managers, got other text"),
        ("consentManagement", ["a"], "expected an object at index 0, got other text"),
        ("consentManagement", [{"provider": 1.5}], "expected text, got a number"),
        (
            "consentManagement",
            {"web": [{"resolutionStrategy": "xor"}]},
            "expected one of and, or, got other text",
        ),
        ("consentManagement", [{"consents": "a"}], "expected a list of names, got other text"),
        ("ketchConsentPurposes", {"web": "a"}, "expected a list of names, got other text"),
        ("maxEventAgeDays", 0, "expected a number above zero, got a number"),
        ("maxEventAgeDays", "30", "expected a number above zero, got other text"),
        ("maxEventAgeDays", True, "expected a number above zero, got true or false"),
        ("propIncrements", "a", "expected a list of names, got other text"),
        (
            "propIncrements",
            ["a", 5],
            "expected text or an object with property at index 1, got a number",
        ),
        (
            "groupKeySettings",
            [{"property": "a"}],
            "expected text or an object with groupKey at index 0, got an object",
        ),
        (
            "groupKeySettings",
            [{"groupKey": ["a"]}],
            "expected text or an object with groupKey at index 0, got an object",
        ),
    ],
)
def test_error_of_an_invalid_setting_says_what_is_allowed(
    setting: str, value: Any, expected: str
) -> None:
    """With the setting's name and the type of its value; never with the value."""
    with pytest.raises(ConfigurationError) as caught:
        destination(**{setting: value})
    assert str(caught.value) == f"{setting}: {expected}"
    assert caught.value.code is Code.WRONG_SETTINGS


@pytest.mark.parametrize(
    ("items", "names"),
    [
        ([{"property": "a"}, {"property": "b"}], ("a", "b")),
        (["a", {"property": "b", "other": 1}], ("a", "b")),
        ([{"property": ""}, {"property": None}, {}, "", " ", None], ()),
        ([{"property": " a "}], (" a ",)),
        ([], ()),
        ("", ()),
        ({}, ()),
        (False, ()),
    ],
)
def test_names_of_a_list(items: Any, names: tuple[str, ...]) -> None:
    """RudderStack lists objects, its CLI text; blank names are ignored."""
    assert destination(setOnceProperties=items).set_once == names


@pytest.mark.parametrize("spelling", ["groupKey", "group_key"])
def test_key_of_an_object_can_have_either_spelling(spelling: str) -> None:
    """Like the settings themselves."""
    assert destination(groupKeySettings=[{spelling: "company"}]).group_keys == ("company",)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ("Page", "Screen")),
        ({"compatibility": "rudderstack"}, ("Loaded a Page", "Loaded a Screen")),
        ({"compatibility": "rudderstack", "pageEventName": "P"}, ("P", "Loaded a Screen")),
        ({"pageEventName": "", "screenEventName": " "}, ("Page", "Screen")),
    ],
)
def test_event_names(changes: dict[str, Any], names: tuple[str, str]) -> None:
    """As in RudderStack's documentation, or in its code with the preset; an explicit one wins."""
    result = destination(**changes)
    assert (result.page_event_name, result.screen_event_name) == names


@pytest.mark.parametrize(
    ("switched_on", "template", "used"),
    [
        (None, "A", None),
        (False, "A", None),
        (True, "A", "A"),
        (True, "", ""),
        (True, None, "Viewed {{ category }} {{ name }} screen"),
    ],
)
def test_template(switched_on: bool | None, template: str | None, used: str | None) -> None:  # noqa: FBT001 - a column of the table
    """A template applies when it is switched on; RudderStack has a default."""
    result = destination(
        useUserDefinedScreenEventName=switched_on, userDefinedScreenEventTemplate=template
    )
    assert result.screen_event_template == used


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({}, False),
        ({"compatibility": "rudderstack"}, True),
        ({"compatibility": "rudderstack", "people": False}, False),
        ({"people": True}, True),
    ],
)
def test_people(changes: dict[str, Any], people: bool) -> None:  # noqa: FBT001 - a column of the table
    """Off by default, on with the preset; an explicit value wins."""
    assert destination(**changes).people is people


def test_secrets_do_not_show() -> None:
    """The repr of a destination contains no credential."""
    shown = repr(destination(**ACCOUNT))
    assert not [secret for secret in (TOKEN, "s3cret", "ann") if secret in shown]


CONSENTS_OF_WEB = [{"provider": "ketch", "consents": ["a"]}]


@pytest.mark.parametrize(
    ("by_source", "ids"),
    [
        ([*CONSENTS_OF_WEB], ["a"]),
        ({"web": CONSENTS_OF_WEB}, ["a"]),
        ({"web": CONSENTS_OF_WEB, "cloud": [], "ios": None}, ["a"]),
        ({"web": CONSENTS_OF_WEB, "cloud": CONSENTS_OF_WEB}, ["a"]),
        ({"web": [], "cloud": []}, []),
        ({}, []),
    ],
)
def test_consents_that_do_not_differ_need_no_source_type(by_source: Any, ids: list[str]) -> None:
    """Most Configs have the same for every source type, or a list for one type only."""
    consents = destination(consentManagement=by_source).consents
    assert [id_ for consent in consents for id_ in consent.ids] == ids


def test_consents_that_differ_need_a_source_type() -> None:
    """Which consent applies is not guessed."""
    by_source = {"web": CONSENTS_OF_WEB, "cloud": [{"consents": ["b"]}]}
    with pytest.raises(ConfigurationError) as caught:
        destination(consentManagement=by_source)
    assert str(caught.value) == (
        "sourceType: expected the type of the source, since consentManagement differs by it,"
        " got nothing"
    )


KNOWN = sorted(
    {row.name for row in SETTINGS}
    | {row.cli_name for row in SETTINGS}
    | {"event_filtering", "set_once_properties"}
)
HUSH = st.just("hush") | st.just("{{ event.userId || hush }}")
SHAPES = {"web", "provider", "consents", "consent", "resolutionStrategy", "property", "whitelist"}
VALUES = st.recursive(
    HUSH | st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(HUSH | st.text() | st.sampled_from(sorted(SHAPES)), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(KNOWN) | st.text(), VALUES, max_size=6))
def test_any_config_is_a_destination_or_a_configuration_error(changes: dict[str, Any]) -> None:
    """No other exception is raised, and no message repeats a value."""
    message = ""
    try:
        Destination.from_config({"token": "t", **changes})
    except ConfigurationError as error:
        message = str(error)
    assert "hush" not in message
