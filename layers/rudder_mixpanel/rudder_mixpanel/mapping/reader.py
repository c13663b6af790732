"""Reads a mapping table's properties from a message, by code compiled from its rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from rudder_mixpanel.mapping.tables import Row
from rudder_mixpanel.message.paths import Path
from rudder_mixpanel.message.values import NOTHING, js_text

type ReadTable = Callable[[Mapping[str, Any], dict[str, Any]], None]

# The test of `is_sendable`, inlined: a call for each source would cost more than all the rest.
# A row's last source mostly has a true value; its other sources are mostly missing.
IS_SENDABLE: Final = 'value or (value is not None and value != "")'
IS_SENDABLE_RARELY: Final = 'value is not None and (value or value != "")'
# With this many rows of one object, the code first tests whether the object has any of their keys.
MANY: Final = 6


class TableReader:
    """A table and its compiled code: `read(message, properties)` writes what it finds."""

    def __init__(self, table: tuple[Row, ...]) -> None:
        self.table = table

    @cached_property
    def read(self) -> ReadTable:
        """The compiled code; compiled when it is first used, which keeps cold starts short."""
        return compile_table(self.table)


def compile_table(table: tuple[Row, ...]) -> ReadTable:
    """Compile a table into a function that writes what it finds in a message.

    The function is what one would write by hand: it fetches each object of the message once, skips
    the rows of missing objects, and reads a source only when the ones before it have no value. Most
    of the time of mapping is spent here, and a loop over the rows takes twice as long.
    """
    scope: dict[str, Any] = {"NOTHING": NOTHING, "text": js_text}
    exec("\n".join(function_lines(table, scope)), scope)  # noqa: S102 - from our own tables, at import
    read: ReadTable = scope["read"]
    return read


def function_lines(table: tuple[Row, ...], scope: dict[str, Any]) -> Iterator[str]:
    """The lines of the function; the constants it needs are added to its scope."""
    yield "def read(message, properties):"
    yield "    try:"
    yield from indent(body_lines(table, scope, checked=False))
    # Another type in place of an object is too rare to test for in advance.
    yield "    except AttributeError:"
    yield from indent(body_lines(table, scope, checked=True))


def indent(lines: Iterable[str], by: int = 8) -> Iterator[str]:
    """Indent lines of code."""
    return (" " * by + line for line in lines)


def body_lines(table: tuple[Row, ...], scope: dict[str, Any], *, checked: bool) -> Iterator[str]:
    """The lines that read all rows; with `checked`, they test that objects are objects."""
    names: dict[Path, str] = {(): "message"}
    spread_rows = rows_in(None, table)
    # Objects that later lines read again, so that they need a name.
    reused = {path[:-1] for path in objects_of(table)}
    reused |= {source[:-1] for row in spread_rows for source in row.sources}
    yield from row_lines(rows_in((), table), names)
    for path in objects_of(table):
        names[path] = "_".join(("its", *path))
        rows = rows_in(path, table)
        yield from object_lines(path, rows, names, scope, checked=checked, reused=path in reused)
    yield from row_lines(spread_rows, names)


def object_lines(  # noqa: PLR0913 - all that decides how an object is read
    path: Path,
    rows: list[Row],
    names: Mapping[Path, str],
    scope: dict[str, Any],
    *,
    checked: bool,
    reused: bool,
) -> Iterator[str]:
    """The lines that fetch one object and read its rows."""
    name = condition = names[path]
    value = f"{names[path[:-1]]}.get({path[-1]!r})"
    if len(rows) >= MANY:
        # Few events have any of many keys in an object that is nearly always there.
        scope[f"keys_of_{name}"] = frozenset(source[-1] for row in rows for source in row.sources)
        condition = f"not {name}.keys().isdisjoint(keys_of_{name})"
    if checked or reused or condition != name:
        yield f"{name} = {value} or NOTHING"
    else:
        condition = f"{name} := {value}"
    if checked:
        yield f"if type({name}) is not dict: {name} = NOTHING"
    if rows:
        yield f"if {condition}:"
        yield from indent(row_lines(rows, names), 4)


def row_lines(rows: Iterable[Row], names: Mapping[Path, str]) -> Iterator[str]:
    """The lines that write a property for each row, from its first source that has a value."""
    for row in rows:
        value = "text(value)" if row.as_text else "value"
        for depth, source in enumerate(row.sources):
            inner, is_last = depth * "    ", source is row.sources[-1]
            condition = IS_SENDABLE if is_last else IS_SENDABLE_RARELY
            yield f"{inner}value = {names[source[:-1]]}.get({source[-1]!r})"
            yield f"{inner}if {condition}: properties[{row.name!r}] = {value}"
            if not is_last:
                yield f"{inner}else:"


def rows_in(path: Path | None, table: tuple[Row, ...]) -> list[Row]:
    """The rows whose sources all lie in this object; with None, those that span several."""
    return [row for row in table if common_object(row) == path]


def common_object(row: Row) -> Path | None:
    """The object that all sources of a row lie in, or None."""
    objects = {source[:-1] for source in row.sources}
    return objects.pop() if len(objects) == 1 else None


def objects_of(table: tuple[Row, ...]) -> list[Path]:
    """The objects of a message that a table's sources lie in, parents first."""
    sources = [source for row in table for source in row.sources]
    return sorted({source[:size] for source in sources for size in range(1, len(source))})
