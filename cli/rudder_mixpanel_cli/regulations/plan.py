"""Show what `regulation create` will do, without the full id of a user."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rudder_mixpanel_cli.regulations.connection import Connection
from rudder_mixpanel_cli.regulations.settings import deletion_of
from rudder_mixpanel_cli.regulations.users_file import RequestedRow

# Users and references that are shown.
SHOWN: Final = 3


def plan_lines(
    connections: Sequence[Connection],
    rows: Sequence[RequestedRow],
    *,
    file: Path | None,
    suppress_only: bool,
    destination: str | None,
) -> Iterator[str]:
    """What will be requested: which users, under which references, and at which stacks."""
    verb = "suppress" if suppress_only else "suppress and delete"
    yield f"{verb} {count_users(rows)}{f' of {file}' if file else ''}"
    yield f"reference: {shown_references(rows)}"
    yield from (f"  {shown_row(row)}" for row in rows[:SHOWN])
    if len(rows) > SHOWN:
        yield f"  and {len(rows) - SHOWN:,} more"
    for connection in connections:
        where = f"at {', '.join(dict.fromkeys((connection.name, connection.api.url)))}"
        if suppress_only:
            yield f"{where}: suppresses for all destinations, deletes nothing"
        else:
            own = destination or connection.destination
            yield f"{where}: destination {own}, {deletion_of(connection)}"


def count_users(rows: Sequence[RequestedRow]) -> str:
    """How many users there are, and how many of them are named by an anonymousId alone."""
    anonymous = sum("userId" not in row.user for row in rows)
    users = "1 user" if len(rows) == 1 else f"{len(rows):,} users"
    return f"{users} ({anonymous:,} by anonymousId alone)" if anonymous else users


def shown_references(rows: Sequence[RequestedRow]) -> str:
    """The first references, and how many more there are."""
    references = list(dict.fromkeys(row.reference or "none" for row in rows))
    more = f" and {len(references) - SHOWN:,} more" if len(references) > SHOWN else ""
    return ", ".join(references[:SHOWN]) + more


def shown_row(row: RequestedRow) -> str:
    """A user whom only somebody who has the list recognizes."""
    place = f"row {row.row}: " if row.row else ""
    return place + ", ".join(f"{name} {masked(value)}" for name, value in row.user.items())


def masked(value: str) -> str:
    """The beginning of an id, at most a third of it and three characters."""
    return f"{value[: min(3, len(value) // 3)]}…"
