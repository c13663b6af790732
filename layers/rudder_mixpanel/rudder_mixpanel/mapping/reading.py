"""Tables at work: their rows, compiled into straight code."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from rudder_mixpanel.mapping.tables import Row
from rudder_mixpanel.mapping.values import Path, at, says_something

type Read = Callable[[Mapping[str, Any], dict[str, Any]], None]

NOTHING: Final[dict[str, Any]] = {}
# What `says_something` asks, spelled out: a call for each source would cost more than all else.
SAYS_NOTHING: Final = 'value is None or value == ""'
SAYS_SOMETHING: Final = 'value is not None and value != ""'


class Reader:
    """What a table finds in a message: `read` writes it into an object's properties."""

    def __init__(self, name: str, table: tuple[Row, ...]) -> None:
        self.name = name
        self.table = table
        self.read: Read = compiled(table)

    def origins(self, message: Mapping[str, Any]) -> dict[str, str]:
        """Each property that the table finds, with the table and the path that it is found at."""
        return {
            row.name: f"{self.name}: {'.'.join(source)}"
            for row in self.table
            for source in islice(
                (one for one in row.sources if says_something(at(message, one))), 1
            )
        }


def compiled(table: tuple[Row, ...]) -> Read:
    """A function that writes what a table finds in a message.

    It is made from the table as one would write it by hand: each object of the message is fetched
    once, each source asked only when those before it say nothing. Mapping an event is mostly this,
    and a loop over the rows takes twice as long.
    """
    scope: dict[str, Any] = {"NOTHING": NOTHING}
    exec("\n".join(lines_of(table, scope)), scope)  # noqa: S102 - from our own tables, at import
    read: Read = scope["read"]
    return read


def lines_of(table: tuple[Row, ...], scope: dict[str, Any]) -> Iterator[str]:
    """The lines of that function; constants that it needs go to its scope."""
    names: dict[Path, str] = {(): "message"}
    yield "def read(message, properties):"
    for path in objects_of(table):
        names[path] = "_".join(("its", *path))
        yield f"    {names[path]} = {names[path[:-1]]}.get({path[-1]!r})"
        yield f"    if type({names[path]}) is not dict: {names[path]} = NOTHING"
    for path, name in names.items():
        alone = [row for row in table if len(row.sources) == 1 and row.sources[0][:-1] == path]
        # Most events lack most objects, or have them without any of these keys.
        scope[f"keys_of_{name}"] = frozenset(row.sources[0][-1] for row in alone)
        yield f"    if not keys_of_{name}.isdisjoint({name}):"
        yield "        pass"
        yield from (f"    {line}" for row in alone for line in lines_of_row(row, names))
    for row in table:
        if len(row.sources) > 1:
            yield from lines_of_row(row, names)


def lines_of_row(row: Row, names: Mapping[Path, str]) -> Iterator[str]:
    """The lines that write one property."""
    fetches = [f"value = {names[one[:-1]]}.get({one[-1]!r})" for one in row.sources]
    yield f"    {fetches[0]}"
    yield from (f"    if {SAYS_NOTHING}: {fetch}" for fetch in fetches[1:])
    yield f"    if {SAYS_SOMETHING}: properties[{row.name!r}] = value"


def objects_of(table: tuple[Row, ...]) -> list[Path]:
    """The objects of a message that a table's sources lie in, parents first."""
    sources = [source for row in table for source in row.sources]
    return sorted({source[:size] for source in sources for size in range(1, len(source))})
