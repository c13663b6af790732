"""Counts traits that a table reads, and of which nothing or only one is sent."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.tables import ADDRESS_PARTS, MAPPED_TRAITS, Row
from rudder_mixpanel.message.paths import Path, value_at
from rudder_mixpanel.message.values import has_content, is_sendable

# Spellings that may stand beside another one of the same trait
SPELLINGS: Final = frozenset({"firstname", "first_name", "lastname", "last_name", "userName"})


class AlternativeSources:
    """The sources of a table that are traits which no property has under their own name.

    A row sends the first of its sources that has a value. Of the others these are lost, unless they
    have the same value.
    """

    def __init__(self, table: tuple[Row, ...], *roots: Path) -> None:
        """Find the traits under these roots in the sources of a table."""
        self.rows: dict[str, list[Row]] = {}
        self.lost: set[Path] = set()
        for row in table:
            for source in row.sources:
                if (name := trait_name(source, roots)) in MAPPED_TRAITS:
                    self.rows.setdefault(name, []).append(row)
                    self.lost.add(source)

    def replaced(self, message: Mapping[str, Any], names: Iterable[str]) -> list[LeftOut]:
        """A reason for each value that is lost in the rows of the named traits."""
        rows = {row.name: row for name in names for row in self.rows.get(name, ())}
        return [LeftOut.REPLACED for row in rows.values() for _ in self.lost_values(row, message)]

    def lost_values(self, row: Row, message: Mapping[str, Any]) -> Iterator[Any]:
        """The values of a row's sources that are lost."""
        values = ((source, value_at(message, source)) for source in row.sources)
        first, *others = [item for item in values if is_sendable(item[1])] or [((), None)]
        return (value for source, value in others if source in self.lost and value != first[1])


def trait_name(source: Path, roots: tuple[Path, ...]) -> str:
    """The name of the trait that a source lies in; empty when it lies under none of the roots."""
    names = (source[len(root)] for root in roots if source[: len(root)] == root)
    return next(names, "")


def ambiguous_traits(traits: dict[str, Any], others: dict[str, Any]) -> set[str]:
    """The names of traits beside which the same or the other traits may have another value.

    Nearly always there are none, and finding that out must cost little.
    """
    names: set[str] = set()
    if not (traits.keys().isdisjoint(SPELLINGS) and others.keys().isdisjoint(SPELLINGS)):
        names |= SPELLINGS
    if ("address" in traits or "address" in others) and not (
        traits.keys().isdisjoint(ADDRESS_PARTS) and others.keys().isdisjoint(ADDRESS_PARTS)
    ):
        names.add("address")
    if traits and others:
        common = traits.keys() & others.keys()
        names |= {name for name in common if traits[name] != others[name]}
    return names


def unsent_parts(address: Any) -> list[LeftOut]:
    """A reason for each part of an address that has no place in a profile."""
    parts = address if type(address) is dict else {"": address}
    return [
        LeftOut.TRAIT
        for name, value in parts.items()
        if name not in ADDRESS_PARTS and has_content(value)
    ]
