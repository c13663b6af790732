"""Reads and checks a search for regulations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.requests import LONGEST_TEXT, invalid_field, json_object

LAST: Final = 253_402_300_800  # the first second after the year 9999


@dataclass(frozen=True, slots=True)
class RegulationSearch:
    """A search for regulations; without conditions, it finds all of them.

    The period is from `since` to before `before`, in seconds since 1970.
    """

    user_id: str | None = None
    states: frozenset[RegulationState] = frozenset()
    reference: str | None = None
    since: int = 0
    before: int = LAST
    after: str = ""

    def includes(self, submitted_at: int, reference: str) -> bool:
        """Whether regulations of this time and reference may match."""
        return self.since <= submitted_at < self.before and self.reference in {None, reference}


def read_search(body: str | bytes | None) -> RegulationSearch:
    """Read a search for regulations; raises RequestError."""
    fields = json_object(body)
    return RegulationSearch(
        user_id=read_condition(fields, "userId"),
        states=read_states(fields.get("state")),
        reference=read_condition(fields, "reference"),
        since=read_time(fields, "from", 0),
        before=read_time(fields, "to", LAST),
        after=read_condition(fields, "after_cursor") or "",
    )


def read_condition(fields: Mapping[str, Any], field: str) -> str | None:
    """Read a text, None when it is missing; raises RequestError."""
    value = fields.get(field)
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST_TEXT):
        raise invalid_field(field, "expected text")
    return value


def read_states(value: Any) -> frozenset[RegulationState]:
    """Read a state or a list of states; raises RequestError."""
    names = value if isinstance(value, list) else [] if value is None else [value]
    states = {str(state) for state in RegulationState}
    if not all(isinstance(name, str) and name in states for name in names):
        raise invalid_field("state", f"expected one of {', '.join(RegulationState)}, or a list")
    return frozenset(map(RegulationState, names))


def read_time(fields: Mapping[str, Any], field: str, missing: int) -> int:
    """Read a time in whole seconds since 1970, rounded up; raises RequestError."""
    text = read_condition(fields, field)
    if text is None:
        return missing
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_field(field, "expected a date, or a time such as 2027-01-31T12:00Z") from None
    seconds = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return int(min(max(-(-seconds // 1), 0), LAST))
