"""The effect of each fault on the rows of an export."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange, Transmission
from mixpanel_emulator.endpoints.exported_rows import ExportedRows
from mixpanel_emulator.state.store import Item

# The usual handling of a request.
Respond = Callable[[Exchange], ApiResponse]
# Whether the fault is about a row; None where its target selects none.
Targets = Callable[[Mapping[str, Any]], bool] | None
RowChange = Callable[[ExportedRows, Targets], ExportedRows]
RowEffect = Callable[[Exchange, Respond], ApiResponse]

ESCAPE: Final = re.compile(rb"\\(.)")


def changing_rows(
    change: RowChange, transmission: Transmission = Transmission.COMPLETE
) -> RowEffect:
    """Handle the request, and change the rows; a response without rows stays as it is."""

    def effect(exchange: Exchange, respond: Respond) -> ApiResponse:
        response = respond(exchange)
        if response.rows is None:
            return response
        rows = change(response.rows, exchange.targets_row)
        return replace(response, rows=rows, transmission=transmission)

    return effect


def terminating(line: str) -> RowChange:
    """Send the first half of the rows, and then this line."""
    return lambda rows, _targets: end_after(rows, len(rows.events) // 2, f"{line}\n".encode())


def terminating_at_once(line: str) -> RowChange:
    """Send this line alone."""
    return lambda rows, _targets: end_after(rows, 0, f"{line}\n".encode())


def end_after(rows: ExportedRows, count: int, ending: bytes) -> ExportedRows:
    """Send this many rows, and then the ending."""
    return replace(rows, events=rows.events[:count], ending=ending)


def cut_row(rows: ExportedRows, targets: Targets) -> ExportedRows:
    """End in the middle of the first row that is targeted, or else of the row in the middle."""
    if not rows.events:
        return rows
    default = len(rows.events) // 2
    position = next(iter(positions(rows, targets, default)), default)
    line = rows.render(rows.events[position])
    return end_after(rows, position, line[: len(line) // 2])


def miss_rows(rows: ExportedRows, targets: Targets) -> ExportedRows:
    """Leave out the rows that are targeted, or else the first."""
    missing = set(positions(rows, targets, 0))
    return replace(rows, events=[e for i, e in enumerate(rows.events) if i not in missing])


def repeat_rows(rows: ExportedRows, targets: Targets) -> ExportedRows:
    """Send the rows that are targeted, or else the first, twice."""
    repeated = set(positions(rows, targets, 0))
    events = [e for i, e in enumerate(rows.events) for _ in range(2 if i in repeated else 1)]
    return replace(rows, events=events)


def positions(rows: ExportedRows, targets: Targets, default: int) -> list[int]:
    """Return the positions of the rows that are targeted, or else the default one."""
    if targets is None:
        return [default]
    exported = map(orjson.loads, map(rows.render, rows.events))
    return [index for index, row in enumerate(exported) if targets(row)]


def rewriting(rewrite: Callable[[bytes], bytes]) -> RowChange:
    """Rewrite the lines that are targeted, or else all of them."""

    def change(rows: ExportedRows, targets: Targets) -> ExportedRows:
        def render(event: Item) -> bytes:
            line = rows.render(event)
            return rewrite(line) if targets is None or targets(orjson.loads(line)) else line

        return replace(rows, render=render)

    return change


def break_lines(line: bytes) -> bytes:
    """Send the line breaks in texts as they are."""
    return ESCAPE.sub(lambda found: b"\n" if found[1] == b"n" else found[0], line)


def split_line(line: bytes) -> bytes:
    """Break the line between the event's name and its properties."""
    return line.replace(b',"properties":', b',\n"properties":', 1)


def name_sent_id(line: bytes) -> bytes:
    """Show the event under the id that was sent."""
    row = orjson.loads(line)
    properties = row["properties"]
    if sent := properties.pop("$distinct_id_before_identity", None):
        properties["distinct_id"] = sent
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
