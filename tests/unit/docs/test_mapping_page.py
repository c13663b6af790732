"""docs/mapping.md: what it prints is what the code works by."""

from pathlib import Path

import pytest
from cogapp import Cog  # type: ignore[import-untyped]  # has no types

from docs.printing import mapping as mapping_page
from docs.printing.differences import DIFFERENCES, Difference
from rudder_mixpanel.destination.settings import SETTINGS
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping import tables
from rudder_mixpanel.mapping.tables import Row

PAGE = Path(__file__).parents[3] / "docs" / "mapping.md"
# Settings without a name in the Rudder CLI that are of RudderStack's own from before, or decide how
# users are deleted, or which list of consents holds
NOT_OF_THE_MAPPING = {
    *("oneTrustCookieCategories", "ketchConsentPurposes"),
    *("complianceType", "deletionIdentifiers", "sourceType"),
}
TABLES = {
    name: table
    for name, table in vars(tables).items()
    if isinstance(table, tuple) and isinstance(table[0], Row)
}


def test_page_is_printed_from_the_code() -> None:
    """docs/mapping.md shows the tables of today: `make docs`."""
    current = PAGE.read_text()
    assert Cog().process_string(current, str(PAGE)) == current


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_on_the_page(name: str) -> None:
    """A table that nobody can look up would be a secret."""
    assert mapping_page.properties(TABLES[name]) in PAGE.read_text()


def test_row_shows_its_sources_in_order() -> None:
    """Best first, as the code looks for them."""
    shown = mapping_page.properties([tables.row("$os", "context.os.name", "properties.os")])
    assert shown.splitlines()[-1] == "| `$os` | `context.os.name`, `properties.os` |"


def test_every_setting_is_on_the_page() -> None:
    """What is used with all that can be said of it, the rest by name."""
    used, ignored = mapping_page.settings(used=True), mapping_page.settings(used=False)
    assert [one.name for one in SETTINGS if one.used and f"| `{one.name}` |" not in used] == []
    assert [one.name for one in SETTINGS if not one.used and f"`{one.name}`" not in ignored] == []


def test_codes_that_reject_are_on_the_page() -> None:
    """And none of those that keep an event."""
    shown = mapping_page.rejections()
    assert f"| `{Code.INTERNAL_ERROR}` |" in shown
    assert f"| `{Code.WRONG_SETTINGS}` |" not in shown


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.topic)
def test_difference_names_settings_that_exist(difference: Difference) -> None:
    """Whoever wants RudderStack's way must find the setting."""
    assert set(difference.settings) <= {one.name for one in SETTINGS}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.topic)
def test_difference_names_codes_that_exist(difference: Difference) -> None:
    """And the code by which a rejected event is known."""
    words = [one.strip("`;:,.") for one in difference.ours.split() if one.startswith("`")]
    codes = [one for one in words if one.isupper() and "_" in one]
    assert set(codes) <= set(Code)


def test_settings_of_our_own_are_told() -> None:
    """Each is there because we differ."""
    told = {name for one in DIFFERENCES for name in one.settings}
    ours = {one.name for one in SETTINGS if one.used and not one.cli_name}
    assert ours - told - NOT_OF_THE_MAPPING == set()


def test_cell_cannot_end_a_table() -> None:
    """A bar in a text is one."""
    assert mapping_page.table(("a",), [("b | c",)]).splitlines()[-1] == r"| b \| c |"
