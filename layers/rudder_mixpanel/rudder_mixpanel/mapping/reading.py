"""Tables at work: their rows, compiled into straight code."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from rudder_mixpanel.mapping.tables import Row
from rudder_mixpanel.message.values import NOTHING, Path, is_sendable, js_text, value_at

type TableReader = Callable[[Mapping[str, Any], dict[str, Any]], None]

# What `says_something` asks, spelled out: a call for each source would cost more than all else.
# What a row's last source has is nearly always true, too; what its others have, mostly missing.
SAYS_SOMETHING: Final = 'value or (value is not None and value != "")'
SAYS_SOMETHING_RARELY: Final = 'value is not None and (value or value != "")'
# Rows of one object from which on it is asked first whether it has any of their keys.
MANY: Final = 6


class Reader:
    """What a table finds in a message: `read` writes it into an object's properties."""

    def __init__(self, name: str, table: tuple[Row, ...]) -> None:
        self.name = name
        self.table = table
        self.read: TableReader = compile_table(table)

    def origins(self, message: Mapping[str, Any]) -> dict[str, str]:
        """Each property that the table finds, with the table and the path that it is found at."""
        return {
            row.name: f"{self.name}: {'.'.join(source)}"
            for row in self.table
            for source in islice(
                (one for one in row.sources if is_sendable(value_at(message, one))), 1
            )
        }


def compile_table(table: tuple[Row, ...]) -> TableReader:
    """A function that writes what a table finds in a message.

    It is made from the table as one would write it by hand: each object of the message is fetched
    once, and what it lacks is not asked of it; each source is asked only when those before it say
    nothing. Mapping an event is mostly this, and a loop over the rows takes twice as long.
    """
    scope: dict[str, Any] = {"NOTHING": NOTHING, "text": js_text}
    exec("\n".join(lines_of(table, scope)), scope)  # noqa: S102 - from our own tables, at import
    read: TableReader = scope["read"]
    return read


def lines_of(table: tuple[Row, ...], scope: dict[str, Any]) -> Iterator[str]:
    """The lines of that function; constants that it needs go to its scope."""
    yield "def read(message, properties):"
    yield "    try:"
    yield from (f"        {line}" for line in body_of(table, scope, careful=False))
    # Something else stands where there ought to be an object, which is not worth asking before.
    yield "    except AttributeError:"
    yield from (f"        {line}" for line in body_of(table, scope, careful=True))


def body_of(table: tuple[Row, ...], scope: dict[str, Any], *, careful: bool) -> Iterator[str]:
    """The lines that read all rows; unless `careful`, all that stands for an object is one."""
    names: dict[Path, str] = {(): "message"}
    objects, homeless = objects_of(table), rows_in(None, table)
    # What is asked again, below the lines that find out whether it is there.
    asked_again = {
        path[:-1] for path in [*objects, *(one for row in homeless for one in row.sources)]
    }
    yield from lines_of_rows(rows_in((), table), names)
    for path in objects:
        name = names[path] = "_".join(("its", *path))
        fetched, rows = f"{names[path[:-1]]}.get({path[-1]!r})", rows_in(path, table)
        has_any = name
        if len(rows) >= MANY:
            # Few events have any of many keys in an object that is nearly always there.
            scope[f"keys_of_{name}"] = frozenset(one[-1] for row in rows for one in row.sources)
            has_any = f"not {name}.keys().isdisjoint(keys_of_{name})"
        if careful or path in asked_again or has_any != name:
            yield f"{name} = {fetched} or NOTHING"
        else:
            has_any = f"{name} := {fetched}"
        if careful:
            yield f"if type({name}) is not dict: {name} = NOTHING"
        if rows:
            yield f"if {has_any}:"
            yield from (f"    {line}" for line in lines_of_rows(rows, names))
    yield from lines_of_rows(homeless, names)


def rows_in(path: Path | None, table: tuple[Row, ...]) -> list[Row]:
    """The rows all of whose sources lie in this object, or with None in no single one."""
    return [row for row in table if home_of(row) == path]


def home_of(row: Row) -> Path | None:
    """The object that all sources of a row lie in, if there is one."""
    homes = {source[:-1] for source in row.sources}
    return homes.pop() if len(homes) == 1 else None


def lines_of_rows(rows: Iterable[Row], names: Mapping[Path, str]) -> Iterator[str]:
    """The lines that write a property for each row: from one source, or else from the next."""
    for row in rows:
        value = "text(value)" if row.as_text else "value"
        for depth, one in enumerate(row.sources):
            inner, is_last = depth * "    ", one is row.sources[-1]
            said = SAYS_SOMETHING if is_last else SAYS_SOMETHING_RARELY
            yield f"{inner}value = {names[one[:-1]]}.get({one[-1]!r})"
            yield f"{inner}if {said}: properties[{row.name!r}] = {value}"
            if not is_last:
                yield f"{inner}else:"


def objects_of(table: tuple[Row, ...]) -> list[Path]:
    """The objects of a message that a table's sources lie in, parents first."""
    sources = [source for row in table for source in row.sources]
    return sorted({source[:size] for source in sources for size in range(1, len(source))})
