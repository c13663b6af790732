"""One HTTP exchange with the emulated API: the request, its response and the violations found."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final, Self

import orjson

from mixpanel_emulator.endpoints.exported_rows import ExportedRows
from mixpanel_emulator.endpoints.regions import parse_target

# How many bytes of a body the list of requests shows.
EXCERPT_BYTES: Final = 1000


class Transmission(Enum):
    """How much of a response reaches the client."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """The response that the emulated API gives."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    # In seconds.
    delay: float = 0
    transmission: Transmission = Transmission.COMPLETE
    # The lines of an export instead of a body, and the seconds between two of them.
    rows: ExportedRows | None = None
    row_delay: float = 0
    # Entered by a server for as long as it sends the response.
    while_sent: Callable[[], AbstractContextManager[None]] = nullcontext

    @property
    def content(self) -> bytes:
        """The whole body, which for an export may be long."""
        return self.body if self.rows is None else b"".join(self.rows)

    @property
    def excerpt(self) -> bytes:
        """The beginning of the body."""
        return (self.body if self.rows is None else self.rows.first)[:EXCERPT_BYTES]

    @classmethod
    def json(cls, status: int, body: Mapping[str, Any]) -> Self:
        """Build a response with a JSON body."""
        return cls(status, orjson.dumps(body))


class RequestRejected(Exception):
    """The request is rejected as a whole; nothing of it is stored."""

    def __init__(self, rule: str, response: ApiResponse) -> None:
        super().__init__(rule)
        self.rule = rule
        self.response = response


@dataclass(frozen=True, slots=True)
class RecordError:
    """Why one record of a request is rejected."""

    rule: str
    field: str
    message: str


def accept_record(_index: int, _record: Mapping[str, Any]) -> RecordError | None:
    """Leave the decision about a record to the rules."""
    return None


@dataclass(slots=True)
class Exchange:
    """A request, what its handler learned about it, and the rules that it broke."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    # Of the decompressed body.
    size: int = 0
    records: int = 0
    # The beginning of the decompressed body.
    excerpt: bytes = b""
    # The id of the project of the request, or of the record being processed.
    project: str | None = None
    violations: list[dict[str, Any]] = field(default_factory=list)
    # Which records a planned fault rejects before the rules are checked.
    planned_error: Callable[[int, Mapping[str, Any]], RecordError | None] = accept_record
    # How the task that the request creates ends by a planned fault.
    planned_end: str = ""
    # The rows of an export that a planned fault is about; None for its default.
    targets_row: Callable[[Mapping[str, Any]], bool] | None = None
    # None when the address names no region.
    region: str | None = field(init=False)
    # As in the rules: the path without its slashes.
    endpoint: str = field(init=False)
    # The id of a deletion task or of a project in the path.
    resource: str = field(init=False)
    timestamp: str = field(init=False)

    def __post_init__(self) -> None:
        """Derive the target from the address."""
        host = self.headers.get("host", "")
        self.region, self.endpoint, self.resource = parse_target(host, self.path)
        self.timestamp = self.at.isoformat(timespec="milliseconds")

    def add_violation(self, rule: str, message: str, index: int | None = None) -> None:
        """Record a violation by one record, or by the whole request when `index` is None."""
        self.violations.append(
            {
                "at": self.timestamp,
                "project": self.project,
                "rule": rule,
                "endpoint": self.endpoint,
                "message": message,
                "index": index,
            }
        )

    def is_for_another_region(self, region: str) -> bool:
        """Whether the request was sent to a region other than this one."""
        return self.region not in {None, region}

    @property
    def verbose(self) -> bool:
        """Whether the client asked for JSON instead of `1` or `0`."""
        return self.query.get("verbose", "0") in {"1", "2"}
