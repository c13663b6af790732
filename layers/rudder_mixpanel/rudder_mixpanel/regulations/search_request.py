"""Reads and checks a search for regulations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.requests import (
    LONGEST_ID,
    LONGEST_TEXT,
    invalid_field,
    json_object,
    read_name,
    read_reference,
)

IDENTIFIERS: Final = ("userId", "anonymousId")
CONDITIONS: Final = (*IDENTIFIERS, "state", "reference", "from", "to", "after_cursor")


@dataclass(frozen=True, slots=True)
class RegulationSearch:
    """A search for regulations; without conditions, it finds all of them.

    `states`: any of them, if there are some. `since` and `until` are seconds since 1970: submitted
    at the first or later, before the second.
    """

    user_id: str | None = None
    states: frozenset[RegulationState] = frozenset()
    after: str = ""
    reference: str | None = None
    since: int | None = None
    until: int | None = None

    def finds(self, reference: str, submitted_at: int) -> bool:
        """Whether regulations of a request are found, by its reference and its time."""
        if self.reference not in {None, reference}:
            return False
        early = self.since is not None and submitted_at < self.since
        return not early and (self.until is None or submitted_at < self.until)


def read_time(fields: Mapping[str, Any], field: str) -> int | None:
    """Read a date or time, in UTC unless it has a zone, in seconds since 1970.

    None when it is missing; raises RequestError. Part of a second counts as a whole one, because
    regulations are submitted at whole ones.
    """
    value = fields.get(field)
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid_field(field, "expected a date or a time in ISO 8601") from None
    return ceil((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def read_search(body: str | bytes | None) -> RegulationSearch:
    """Read a search for regulations; raises RequestError."""
    fields = json_object(body)
    check_conditions(fields)
    after = fields.get("after_cursor", "")
    if not isinstance(after, str):
        raise invalid_field("after_cursor", "expected text")
    since, until = read_time(fields, "from"), read_time(fields, "to")
    if since is not None and until is not None and since >= until:
        raise invalid_field("to", "expected a time after from")
    states, identifier = read_states(fields), read_searched_user(fields)
    return RegulationSearch(identifier, states, after, read_reference(fields), since, until)


def read_states(fields: Mapping[str, Any]) -> frozenset[RegulationState]:
    """Read a state or a list of states, all of them when it is missing; raises RequestError."""
    value = fields.get("state")
    names = value if isinstance(value, list) else [value]
    if value == []:
        raise invalid_field("state", "expected a state, or a list of states that is not empty")
    states = [read_name({"state": name}, "state", RegulationState) for name in names]
    return frozenset(state for state in states if state is not None)


def check_conditions(fields: Mapping[str, Any]) -> None:
    """Raise RequestError for an unknown condition, which would be one that finds everything."""
    for name in fields.keys() - set(CONDITIONS):
        shown = name if name.isprintable() and len(name) <= LONGEST_ID else ""
        raise invalid_field(shown, f"expected only {', '.join(CONDITIONS)}")


def read_searched_user(fields: Mapping[str, Any]) -> str | None:
    """Read the id of a user to search for, None when there is none; raises RequestError."""
    named = [name for name in IDENTIFIERS if fields.get(name) is not None]
    if len(named) > 1:
        raise invalid_field("anonymousId", "expected userId or anonymousId, got both")
    for name in named:
        if not isinstance(fields[name], str) or len(fields[name]) > LONGEST_TEXT:
            raise invalid_field(name, "expected text")
        return str(fields[name])
    return None
