"""Tables at work: their rows, compiled into straight code."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from rudder_mixpanel.mapping.tables import Row
from rudder_mixpanel.mapping.values import Path, at, says_something

type Read = Callable[[Mapping[str, Any]], dict[str, Any]]

NOTHING: Final[dict[str, Any]] = {}
# What `says_something` denies, spelled out: a call for each source would cost more than all else.
SAYS_NOTHING: Final = 'value is None or value == "" or value != value'


class Reader:
    """What a table finds in a message."""

    def __init__(self, table: tuple[Row, ...]) -> None:
        self.table = table
        self.of: Read = compiled(table)

    def origins(self, message: Mapping[str, Any]) -> dict[str, str]:
        """Each property that the table finds, with the path that it is found at."""
        return {
            row.name: ".".join(source)
            for row in self.table
            for source in islice(
                (one for one in row.sources if says_something(at(message, one))), 1
            )
        }


def compiled(table: tuple[Row, ...]) -> Read:
    """A function from a message to the properties whose rows find something.

    It is written from the table, as one would by hand: each object of the message is fetched once,
    each source asked only when those before it say nothing. Mapping an event is mostly this, and
    a loop over the rows takes three times as long.
    """
    scope: dict[str, Any] = {"NOTHING": NOTHING}
    exec("\n".join(source_of(table)), scope)  # noqa: S102 - from our own tables, at import
    read: Read = scope["read"]
    return read


def source_of(table: tuple[Row, ...]) -> Iterator[str]:
    """The lines of that function."""
    objects: dict[Path, str] = {(): "message"}
    yield "def read(message):"
    yield "    found = {}"
    for path in sorted(
        {source[:size] for row in table for source in row.sources for size in range(len(source))}
    ):
        if path not in objects:
            name = objects[path] = "_".join(path)
            yield f"    {name} = {objects[path[:-1]]}.get({path[-1]!r})"
            yield f"    if type({name}) is not dict: {name} = NOTHING"
    for row in table:
        fetches = [f"value = {objects[source[:-1]]}.get({source[-1]!r})" for source in row.sources]
        yield f"    {fetches[0]}"
        for fetch in fetches[1:]:
            yield f"    if {SAYS_NOTHING}: {fetch}"
        yield f"    if not ({SAYS_NOTHING}): found[{row.name!r}] = value"
    yield "    return found"
