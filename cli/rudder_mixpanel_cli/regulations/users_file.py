"""Read users from a CSV file."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rudder_mixpanel_cli.errors import UsageError

# A user is named by at least one of these.
IDENTIFYING: Final = ("userId", "anonymousId")
REFERENCE: Final = "reference"
# As the API does.
LONGEST_REFERENCE: Final = 100

type User = dict[str, str]


@dataclass(frozen=True, slots=True)
class RequestedRow:
    """A user to request a regulation for, with the row of the file and the caller's reference.

    `row` is 0 for a user of an option.
    """

    user: User
    reference: str = ""
    row: int = 0


def read_users(file: Path, reference: str) -> list[RequestedRow]:
    """The users in a CSV file with a header row; raises UsageError when it is not valid.

    `reference` is that of rows without their own.
    """
    try:
        rows = parse_users(file, reference)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise UsageError(f"{file}: expected CSV in UTF-8") from None
    if not rows:
        raise UsageError(f"{file}: the file has no users")
    return rows


def parse_users(file: Path, reference: str) -> list[RequestedRow]:
    """The users in a CSV file; raises UsageError for a wrong row or header.

    Raises OSError, UnicodeDecodeError or csv.Error when the file is not readable CSV.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines, strict=True)
        check_columns(rows.fieldnames or [], file)
        return [
            parse_row(row, number, reference, f"{file}: row {number}")
            for number, row in enumerate(rows, 2)
        ]


def check_columns(columns: Sequence[str], file: Path) -> None:
    """Raise UsageError unless the header row names each column once, and a user."""
    if not set(IDENTIFYING) & set(columns):
        raise UsageError(f"{file}: expected a header row with a column userId or anonymousId")
    for column in columns:
        if column and columns.count(column) > 1:
            raise UsageError(f"{file}: expected one column {column}")


def parse_row(row: dict[str | Any, Any], number: int, reference: str, place: str) -> RequestedRow:
    """A row as a user, without empty cells; raises UsageError when it names none."""
    # An unquoted comma in an id makes extra cells, and the rest of the id may be another user's.
    if None in row:
        raise UsageError(f"{place} has more cells than the header row")
    user = {name: cell for name, cell in row.items() if name and cell}
    own = user.pop(REFERENCE, "")
    if not any(identifier in user for identifier in IDENTIFYING):
        raise UsageError(f"{place} has no userId and no anonymousId")
    return RequestedRow(user, valid_reference(own or reference, place), number)


def valid_reference(reference: str, place: str) -> str:
    """The reference without blanks around it; raises UsageError when the API would not take it."""
    text = reference.strip()
    if len(text) > LONGEST_REFERENCE or not text.isprintable():
        expected = f"at most {LONGEST_REFERENCE} characters, and no control characters"
        raise UsageError(f"{place}: expected a reference of {expected}")
    return text
