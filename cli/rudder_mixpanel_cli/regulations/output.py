"""Print regulations: for people, and for programs as JSON lines or CSV."""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
import typer

from rudder_mixpanel_cli.terminal import printable, wrapped
from rudder_mixpanel_cli.times import current_time

type Regulation = Mapping[str, Any]

FINAL: Final = frozenset({"suppressed", "canceled", "completed", "failed"})
# The view's `deletes` when Mixpanel was asked for the profile alone.
PROFILE_ONLY: Final = "profile"
EVENTS_REMAIN: Final = "profile only: events remain"
# The columns of the CSV, in order. New ones are added at the end.
COLUMNS: Final = (
    "id",
    "reference",
    "type",
    "state",
    "deletes",
    "canceled",
    "submittedBy",
    "submittedAt",
    "effectiveAt",
    "expectedCompletionAt",
    "daysLeft",
    "completedAt",
    "userId",
    "anonymousId",
    "pseudonyms",
    "stack",
)
# A spreadsheet takes a cell that begins so for a formula, also behind a separator of its own.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA: Final = re.compile("(^|[;,|\t\r\n])(\\s*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])")


def print_lines(regulations: Iterable[Regulation], stack: str = "") -> None:
    """Print a line for each regulation, without personal data."""
    for regulation in regulations:
        typer.echo(line_of(regulation, stack))


def line_of(regulation: Regulation, stack: str = "", row: int = 0) -> str:
    """A regulation in one line, without personal data; the row is that of a file."""
    effective = f"effective {regulation.get('effectiveAt') or 'not yet'}"
    kind = f"{regulation['regulationType']:<20}"
    row_text = f"row {row}" if row else ""
    reference = f"reference {text}" if (text := regulation.get("reference")) else ""
    parts = [state_of(regulation), kind, effective, due_of(regulation), row_text, reference, stack]
    return "  ".join([regulation["id"], *(part for part in parts if part)]).rstrip()


def state_of(regulation: Regulation) -> str:
    """The state; `completed` never stands without what was left."""
    state = regulation["state"]
    if state == "completed" and regulation.get("deletes") == PROFILE_ONLY:
        return f"{state} ({EVENTS_REMAIN})"
    return f"{state:<11}"


def due_of(regulation: Regulation) -> str:
    """How many days are left for the deletion; empty when it is done, or not wanted."""
    days = days_left(regulation)
    if days is None:
        return ""
    unit = "day" if abs(days) == 1 else "days"
    return f"{-days} {unit} late" if days < 0 else f"{days} {unit} left"


def days_left(regulation: Regulation) -> int | None:
    """Whole days until the deletion should be done, negative after that; None if it is over."""
    expected = regulation.get("expectedCompletionAt")
    # One that is cancelled after its end is `cancelling` for a while.
    if not expected or regulation.get("completedAt") or regulation["state"] in FINAL:
        return None
    return (datetime.fromisoformat(expected) - current_time()).days


def field_lines(regulation: Regulation) -> Iterator[str]:
    """A line for each field of a regulation that is not empty."""
    shown = {name: value for name, value in regulation.items() if value not in (None, "", [], {})}
    if due := due_of(regulation):
        shown["due"] = due
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        yield wrapped(printable(text), f"{name:<{width}}  ")


def print_json(regulations: Iterable[Regulation], **fields: Any) -> None:
    """Print each regulation as a line of JSON, with further fields that are not empty."""
    for regulation in regulations:
        typer.echo(json_of(regulation, **fields))


def json_of(regulation: Regulation, **fields: Any) -> bytes:
    """A regulation as JSON, which says when events remain."""
    more = {name: value for name, value in fields.items() if value}
    if regulation.get("deletes") == PROFILE_ONLY:
        more["eventsRemain"] = True
    return orjson.dumps({**regulation, **more})


class CsvPrinter:
    """Prints regulations as CSV, with a header row."""

    def __init__(self) -> None:
        self.writer = csv.writer(sys.stdout, lineterminator="\n")
        self.writer.writerow(COLUMNS)

    def print(self, regulations: Iterable[Regulation], stack: str = "") -> None:
        """Print a row for each regulation."""
        for regulation in regulations:
            cells = csv_cells(regulation, stack)
            self.writer.writerow([safe_cell(cells[column]) for column in COLUMNS])


def csv_cells(regulation: Regulation, stack: str) -> dict[str, Any]:
    """The cells of a regulation by column."""
    attributes = regulation.get("attributes") or {}
    deletes = regulation.get("deletes")
    return {
        **{column: regulation.get(column) for column in COLUMNS},
        "type": regulation["regulationType"],
        "deletes": EVENTS_REMAIN if deletes == PROFILE_ONLY else deletes,
        "canceled": "yes" if regulation.get("canceled") else "no",
        "submittedBy": regulation.get("submittedBy"),
        "daysLeft": days_left(regulation),
        "userId": attributes.get("userId"),
        "anonymousId": attributes.get("anonymousId"),
        "pseudonyms": " ".join(regulation.get("pseudonyms") or ()),
        "stack": stack,
    }


def safe_cell(value: Any) -> Any:
    """A value without a formula: a ' stands before what a spreadsheet may take for one."""
    return FORMULA.sub(r"\1\2'", value) if isinstance(value, str) else value
