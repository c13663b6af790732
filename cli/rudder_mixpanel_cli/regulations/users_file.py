"""Read users from a CSV file."""

import csv
from pathlib import Path
from typing import Any

from rudder_mixpanel_cli.errors import UsageError

type User = dict[str, str]


def read_users(file: Path) -> list[User]:
    """The users in a CSV file with a header row; raises UsageError when it is not valid."""
    try:
        users = parse_users(file)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise UsageError(f"{file}: expected CSV in UTF-8") from None
    if not users:
        raise UsageError(f"{file}: the file has no users")
    return users


def parse_users(file: Path) -> list[User]:
    """The users in a CSV file; raises UsageError for a wrong row or header.

    Raises OSError, UnicodeDecodeError or csv.Error when the file is not readable CSV.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines, strict=True)
        columns = rows.fieldnames or []
        if columns.count("userId") != 1:
            raise UsageError(f"{file}: expected a header row with one column userId")
        return [parse_user(row, f"{file}: row {number}") for number, row in enumerate(rows, 2)]


def parse_user(row: dict[str | Any, Any], place: str) -> User:
    """A row as a user, without empty cells; raises UsageError when it names none."""
    # An unquoted comma in an id makes extra cells, and the rest of the id may be another user's.
    if None in row:
        raise UsageError(f"{place} has more cells than the header row")
    user = {name: cell for name, cell in row.items() if name and cell}
    if "userId" not in user:
        raise UsageError(f"{place} has no userId")
    return user
