"""The cursor of a list of regulations: a place in the list, and which search it belongs to."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from rudder_mixpanel.regulations.requests import RequestError, invalid_field
from rudder_mixpanel.regulations.search_request import RegulationSearch

CURSOR: Final = re.compile(r"([0-9a-f]{12})\|([0-9]{12}#[\w-]{1,60})?\|([\w-]{0,60})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """The place behind a regulation, or behind a whole chunk if `regulation` is empty.

    `key` is the sort key of the chunk, empty in a search by user. The chunk and the regulation may
    have been deleted since: those behind the place are the same.
    """

    key: str = ""
    regulation: str = ""

    @property
    def first_key(self) -> str:
        """The lowest sort key of what is behind it: the chunk's own, or one that is just above."""
        return self.key if self.regulation or not self.key else f"{self.key} "

    def encoded(self, fingerprint: str) -> str:
        """The cursor of this place in the search with this fingerprint."""
        return f"{fingerprint}|{self.key}|{self.regulation}"


def read_cursor(cursor: str, fingerprint: str) -> Place:
    """The place that a cursor names, the start for an empty one; raises RequestError."""
    if not cursor:
        return Place()
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise invalid_cursor("expected the value of paging.next")
    if match[1] != fingerprint:
        raise invalid_cursor("expected the value of paging.next of a search with these conditions")
    return Place(match[2] or "", match[3])


def invalid_cursor(message: str) -> RequestError:
    """The error for an invalid cursor."""
    return invalid_field("after_cursor", message)


def fingerprint_of(search: RegulationSearch, user: str | None) -> str:
    """The hash of a search's conditions, with the user's pseudonym instead of the id."""
    conditions = [user, sorted(search.states), search.reference, search.since, search.until]
    return sha256(json.dumps(conditions).encode()).hexdigest()[:12]
