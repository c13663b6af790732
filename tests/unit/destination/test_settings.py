"""The table of settings is complete, and documents each setting."""

import re
from typing import Any

import pytest

from rudder_mixpanel.destination.settings import SETTINGS, Setting, read_settings
from rudder_mixpanel.destination.types import Credential, Token
from rudder_mixpanel.errors import ConfigurationError

# The fields of the Rudder CLI's destination file, from its documentation.
OF_THE_CLI = """
    token data_residency identity_merge_api project_id service_account_user_name
    service_account_secret user_deletion_api gdpr_api_token use_user_defined_page_event_name
    user_defined_page_event_template use_user_defined_screen_event_name
    user_defined_screen_event_template people set_once_properties union_properties
    append_properties prop_increments group_key_settings drop_traits_in_track_event strict_mode
    use_new_mapping event_filtering event_filtering.whitelist event_filtering.blacklist
    consolidated_page_calls track_categorized_pages track_named_pages set_all_traits_by_default
    super_properties people_properties event_increments persistence_type persistence_name
    cross_subdomain_cookie secure_cookie ignore_dnt source_name session_replay_percentage.web
    connection_mode consent_management
"""
CREDENTIALS = [row.name for row in SETTINGS if isinstance(row.value_type, Credential | Token)]
USED = [row for row in SETTINGS if row.used]
IGNORED = [row for row in SETTINGS if not row.used]


def row_id(row: Setting) -> str:
    """The id of a row's test."""
    return row.name


@pytest.mark.parametrize("row", SETTINGS, ids=row_id)
def test_row_is_documented(row: Setting) -> None:
    """With a sentence, the allowed values and the default."""
    assert re.fullmatch(r"[A-Z][^\n]+\.", row.explanation)
    assert all((row.allowed, row.default_text))


def test_each_setting_has_one_row() -> None:
    """No two settings have the same name."""
    names = [row.name for row in SETTINGS]
    assert sorted(names) == sorted(set(names))


def test_every_setting_of_the_cli_is_known() -> None:
    """By the name in the CLI's documentation."""
    assert sorted(row.cli_name for row in SETTINGS if row.cli_name) == sorted(OF_THE_CLI.split())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("token", "required"),
        ("dataResidency", "us"),
        ("strictMode", "true"),
        ("people", "false, true with compatibility rudderstack"),
        ("pageEventName", "Page, Loaded a Page with compatibility rudderstack"),
        ("propIncrements", "none"),
        ("sourceType", "none"),
        ("deletionIdentifiers", "anonymousId"),
        ("maxEventAgeDays", "1826.2125"),
    ],
)
def test_default_is_shown_as_a_user_would_write_it(name: str, text: str) -> None:
    """Including presets."""
    assert [row.default_text for row in SETTINGS if row.name == name] == [text]


@pytest.mark.parametrize("row", IGNORED, ids=row_id)
def test_setting_of_the_device_mode_is_ignored(row: Setting) -> None:
    """Whatever its value is."""
    assert row.name not in read_settings({"token": "t", row.name: object()})


@pytest.mark.parametrize("row", USED, ids=row_id)
def test_setting_that_is_used_is_checked(row: Setting) -> None:
    """The error names the setting, but not its value."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"token": "t", row.name: b"hush"})
    assert (caught.value.setting, "got something else" in str(caught.value)) == (row.name, True)


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("value", ["{{ .HUSH }}", "env.HUSH", "<hush>", "${HUSH}", "YOUR_HUSH"])
def test_placeholder_of_a_credential_is_refused(name: str, value: str) -> None:
    """The error names the setting, and repeats nothing of the value."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"token": "t", name: value})
    expected = "expected the value itself (only {{ path || default }} is filled in)"
    assert str(caught.value) == f"{name}: {expected}, got a placeholder"


@pytest.mark.parametrize("name", ["dataResidency", "identityMergeApi", "strictMode", "sourceType"])
def test_placeholder_of_another_setting_is_called_one(name: str) -> None:
    """Where it is not an allowed value."""
    with pytest.raises(ConfigurationError, match=f"{name}: .*, got a placeholder$"):
        read_settings({"token": "t", name: "{{ .NAME }}"})


def test_only_the_settings_that_are_asked_for_are_read() -> None:
    """A mistake in another one does not matter."""
    assert read_settings({"token": "t", "people": "hush"}, ["token"]) == {"token": "t"}


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["dataResidency", "sourceType", "pageEventName", "gdprApiToken"])
def test_empty_field_of_a_form_means_the_default(name: str, value: Any) -> None:
    """RudderStack's dashboard saves empty fields."""
    assert read_settings({"token": "t", name: value}) == read_settings({"token": "t"})
