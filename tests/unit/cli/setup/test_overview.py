"""What `setup` says about settings, and the differences from RudderStack that count for them."""

from typing import Any

import pytest

from rudder_mixpanel.destination.settings import GROUPS, SETTINGS
from rudder_mixpanel.destination.types import Choice
from rudder_mixpanel_cli.differences.choice import DIFFERENCES, differences_for
from rudder_mixpanel_cli.setup.essentials import ESSENTIALS
from rudder_mixpanel_cli.setup.overview import overview

ROWS = {row.name: row for row in SETTINGS}


def rows_of(config: dict[str, Any], heading: str) -> list[tuple[str, ...]]:
    """The rows of one section, empty if there is no such section."""
    return [
        row for section in overview(config) if section.heading == heading for row in section.rows
    ]


def test_five_come_first_with_what_their_values_mean() -> None:
    """Also those that the Config does not give."""
    first, *_ = overview({"dataResidency": "in", "groupKeySettings": ["team"]})
    assert [(row[0], row[1], bool(row[2])) for row in first.rows] == [
        ("dataResidency", "in", True),
        ("identityMergeApi", "original", True),
        ("groupKeySettings", "team", True),
        ("compatibility", "none", True),
        ("userDeletionApi", "engage", True),
    ]


@pytest.mark.parametrize("row", ESSENTIALS, ids=lambda row: row.name)
def test_every_value_of_the_five_has_a_meaning(row: Any) -> None:
    """Of a choice each word, and of a list whether it has names."""
    value_type = ROWS[row.name].value_type
    values = value_type.words if isinstance(value_type, Choice) else (("team",), ())
    assert all(row.meaning(value) for value in values)


def test_other_settings_are_shown_with_their_values() -> None:
    """In one line each; what is empty is not shown."""
    config = {"people": True, "unionProperties": [{"property": "a"}], "propIncrements": []}
    rows = rows_of(config, "The other settings in this Config")
    assert rows == [
        ("unionProperties", "a", ROWS["unionProperties"].explanation),
        ("people", "on", ROWS["people"].explanation),
    ]


def test_names_in_a_list_are_whole() -> None:
    """Those that fit, at least one; then how many more there are."""
    names = ["a" * 20, "b" * 19, "c"], ["d" * 60], ["e" * 60, "f"]
    shown = [rows_of({"unionProperties": given}, "The other settings in this Config")[0][1]
             for given in names]  # fmt: skip
    assert shown == [f"{'a' * 20} and 2 more", "d" * 60, f"{'e' * 60} and 1 more"]


def test_dynamic_setting_is_shown_with_its_default() -> None:
    """Which counts when the event has no value."""
    rows = rows_of(
        {"dataResidency": "{{ event.context.region || eu }}"}, "Five settings that everybody needs"
    )
    assert rows[0][1] == "eu (or the event's)"


def test_what_does_nothing_is_named() -> None:
    """Sources that send by themselves, settings for them, and unknown names that resemble none."""
    config = {
        "connectionMode": {"web": "device", "cloud": "cloud"},
        "superProperties": [{"property": "a"}],
        "sourceName": "",
        "somethingElse": 1,
        "dataResidnecy": "eu",
    }
    assert (
        [row[:2] for row in rows_of(config, "Ignored")],
        [row[0] for row in rows_of(config, "Probably wrong")],
    ) == (
        [
            ("sources in device mode", "web"),
            ("settings of the device mode", "superProperties, connectionMode"),
            ("unknown", "somethingElse"),
        ],
        ["dataResidnecy"],
    )


def without_effect(**config: Any) -> list[tuple[str, ...]]:
    """What of a Config is ignored, and whether it is shown as if it counted."""
    shown = {row[0] for row in rows_of(config, "The other settings in this Config")}
    ignored = rows_of(config, "Ignored")
    assert shown.isdisjoint(row[0] for row in ignored)
    return ignored


OFF = "Has no effect: {0} is off; turn it on with --set {0}=true"


def test_list_without_its_switch_is_ignored() -> None:
    """An export has lists that were made for device mode."""
    chosen = {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": ["a", "b"]}
    off = OFF.format("filterEvents")
    assert without_effect(**chosen) == [
        ("eventFilteringOption", "blacklistedEvents", off),
        ("blacklistedEvents", "a, b", off),
    ]
    assert without_effect(**chosen, filterEvents=True) == []
    assert without_effect(event_filtering={"blacklist": ["a"]})[-1][2] == off


def test_list_that_is_not_chosen_is_ignored() -> None:
    """Whatever the switch."""
    config = {"blacklistedEvents": ["a"], "whitelistedEvents": ["b"], "filterEvents": True}
    not_chosen = "Has no effect: eventFilteringOption does not choose it."
    assert without_effect(**config, eventFilteringOption="whitelistedEvents") == [
        ("blacklistedEvents", "a", not_chosen)
    ]


def test_lists_by_source_are_shown() -> None:
    """Which no switch turns off."""
    rows = rows_of({"ketchConsentPurposes": {"web": ["a"]}}, "The other settings in this Config")
    assert [row[:2] for row in rows] == [("ketchConsentPurposes", "by type of the source")]


def test_template_without_its_switch_is_ignored() -> None:
    """It makes no names."""
    config = {"userDefinedPageEventTemplate": "{{ name }}"}
    off = OFF.format("useUserDefinedPageEventName")
    assert without_effect(**config) == [("userDefinedPageEventTemplate", "{{ name }}", off)]
    assert without_effect(**config, useUserDefinedPageEventName=True) == []


@pytest.mark.parametrize(
    ("config", "topic", "counts"),
    [
        ({}, "Name of page events", True),
        ({}, "Name of screen events", True),
        ({"compatibility": "rudderstack"}, "Name of page events", False),
        ({"pageEventName": "Loaded a Page"}, "Name of page events", False),
        ({"pageEventName": "Loaded a Page"}, "Name of screen events", True),
        ({"useUserDefinedPageEventName": True}, "Name of page events", False),
        ({"useUserDefinedPageEventName": True}, "Name of screen events", True),
        ({"groupKeySettings": ["team"]}, "Group keys on events", False),
        ({"groupKeysOnEvents": True}, "Group keys on events", False),
        ({"groupKeySettings": ["team"], "groupKeysOnEvents": True}, "Group keys on events", True),
        ({"people": True}, "Charges and increments with an unknown outcome", True),
        ({"people": True, "counterDelivery": "at-least-once"},
         "Charges and increments with an unknown outcome", False),
        ({"apiSecret": "x"}, "Credentials of /import", False),
        ({"apiSecret": "x", "importAuth": "apiSecret"}, "Credentials of /import", True),
        ({"serviceAccountUserName": "u", "serviceAccountSecret": "x", "projectId": "1"},
         "Credentials of /import", True),
        ({"projectId": "1", "compatibility": "rudderstack"}, "An incomplete service account",
         False),
        ({"ingestionApi": "track"}, "Strict mode", False),
        ({}, "Charges", True),
        ({"people": True}, "Charges", False),
        ({"compatibility": "rudderstack"}, "Charges", False),
        ({"useUserDefinedPageEventName": True}, "The name in a template", True),
        ({"useUserDefinedPageEventName": True, "compatibility": "rudderstack"},
         "The name in a template", False),
        ({}, "Strict mode", True),
        ({"strictMode": True}, "Strict mode", False),
        ({"strict_mode": False}, "Strict mode", False),
        ({}, "Group calls without a configured key", True),
        ({"groupKeySettings": ["team"]}, "Group calls without a configured key", False),
        ({"identityMergeApi": "simplified"}, "`$merge` and `$create_alias`", False),
        ({"whitelistedEvents": ["a"]}, "Allow and deny lists of events", False),
        ({"whitelistedEvents": ["a"], "filterEvents": True},
         "Allow and deny lists of events", True),
        ({"projectId": "1"}, "An incomplete service account", True),
    ],
)  # fmt: skip
def test_difference_counts_for_these_settings(
    config: dict[str, Any],
    topic: str,
    counts: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Others are left out."""
    chosen = {row.topic for row in differences_for({"token": "none", **config})}
    assert (topic in chosen) == counts


def test_difference_without_a_condition_is_about_events() -> None:
    """Each with settings has one, unless these are about single events or wrong settings."""
    without = {row.topic for row in DIFFERENCES if row.settings and not row.when}
    assert without == {"Age limit", "Invalid settings"}


def test_every_setting_is_in_one_group() -> None:
    """And those of the device mode in the last one alone."""
    names = [row.name for rows in GROUPS.values() for row in rows]
    used = {name for name, rows in GROUPS.items() if any(row.used for row in rows)}
    assert (len(names), sorted(names), set(GROUPS) - used) == (
        len(SETTINGS),
        sorted(ROWS),
        {"Device mode"},
    )
