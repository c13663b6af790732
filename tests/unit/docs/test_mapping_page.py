"""The tables of docs/mapping.md show what the code maps by."""

from pathlib import Path

import pytest

from docs.printing import mapping
from rudder_mixpanel.destination.settings import SETTINGS
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping import tables
from rudder_mixpanel.mapping.tables import Row
from rudder_mixpanel_cli.differences.choice import DIFFERENCES
from rudder_mixpanel_cli.differences.difference import Difference

PAGE = Path(__file__).parents[3] / "docs" / "mapping.md"
# Settings without a name in the Rudder CLI that are not about mapping: older settings of
# RudderStack, and settings for deletions and for consents.
NOT_ABOUT_MAPPING = {
    *("oneTrustCookieCategories", "ketchConsentPurposes"),
    *("complianceType", "deletionIdentifiers", "sourceType"),
}
TABLES = {
    name: table
    for name, table in vars(tables).items()
    if isinstance(table, tuple) and isinstance(table[0], Row)
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_on_the_page(name: str) -> None:
    """Each property can be looked up there."""
    assert mapping.properties(TABLES[name]) in PAGE.read_text()


def test_row_shows_its_sources_in_order() -> None:
    """In the order in which the code looks for them."""
    shown = mapping.properties([tables.row("$os", "context.os.name", "properties.os")])
    assert shown.splitlines()[-1] == "| `$os` | `context.os.name`, `properties.os` |"


def test_every_setting_is_on_the_page() -> None:
    """Used settings with all their attributes, ignored ones by name."""
    used = {setting.name for setting in SETTINGS if setting.used}
    ignored = {setting.name for setting in SETTINGS if not setting.used}
    assert [name for name in used if f"| `{name}` |" not in mapping.settings()] == []
    assert [name for name in ignored if f"`{name}`" not in mapping.ignored_settings()] == []


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.topic)
def test_difference_names_settings_that_exist(difference: Difference) -> None:
    """A reader who wants RudderStack's behavior can find the setting."""
    assert set(difference.settings) <= {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.topic)
def test_difference_names_codes_that_exist(difference: Difference) -> None:
    """A reader can find the code in the rejected queue."""
    words = [word.strip("`;:,.") for word in difference.here.split() if word.startswith("`")]
    codes = [word for word in words if word.isupper() and "_" in word]
    assert set(codes) <= set(Code)


def test_settings_that_rudderstack_lacks_are_in_the_differences() -> None:
    """Each exists because of a difference."""
    named = {name for difference in DIFFERENCES for name in difference.settings}
    own = {setting.name for setting in SETTINGS if setting.used and not setting.cli_name}
    assert own - named - NOT_ABOUT_MAPPING == set()
