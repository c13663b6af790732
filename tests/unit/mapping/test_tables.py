"""The mapping tables are consistent."""

import pytest

from rudder_mixpanel.mapping import tables
from rudder_mixpanel.mapping.tables import Row

TABLES = {
    name: table
    for name, table in vars(tables).items()
    if isinstance(table, tuple) and isinstance(table[0], Row)
}


@pytest.mark.parametrize("name", TABLES)
def test_property_has_one_row(name: str) -> None:
    """A second row of a property would silently overwrite the first."""
    names = [row.name for row in TABLES[name]]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("name", TABLES)
def test_source_is_named_once_in_a_row(name: str) -> None:
    """A source that is named twice is a mistake."""
    assert [row.name for row in TABLES[name] if len(set(row.sources)) < len(row.sources)] == []


def test_every_trait_that_a_row_reads_is_a_mapped_trait() -> None:
    """Otherwise it would also be copied under its own name."""
    roots = {("traits",), ("context", "traits")}
    sources = [source for row in tables.PROFILE_PROPERTIES for source in row.sources]
    read = {
        source[len(root)].partition(".")[0]
        for source in sources
        for root in roots
        if source[: len(root)] == root
    }
    assert read == tables.MAPPED_TRAITS
