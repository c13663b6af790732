"""One request while it is judged, and the answer it gets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final, Self

import orjson

from mixpanel_emulator.endpoints.regions import target_of

# How much of a body is remembered.
EXCERPT: Final = 1000


class Loss(Enum):
    """How much of an answer is lost on its way."""

    NOTHING = "nothing"
    HALF = "half"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    # In seconds.
    delay: float = 0
    lost: Loss = Loss.NOTHING

    @classmethod
    def json(cls, status: int, body: Mapping[str, Any]) -> Self:
        """An answer of JSON."""
        return cls(status, orjson.dumps(body))


class Refused(Exception):
    """The request is refused as a whole; nothing of it is stored."""

    def __init__(self, rule: str, answer: Answer) -> None:
        super().__init__(rule)
        self.rule = rule
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one record is refused."""

    rule: str
    field: str
    message: str


def nothing_refused(_index: int, _record: Mapping[str, Any]) -> Fault | None:
    """Leave it to the rules."""
    return None


@dataclass(slots=True)
class Visit:
    """What came, when it came, and which rules it broke."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    # Of the body once decompressed.
    size: int = 0
    records: int = 0
    # How the body begins, decompressed.
    excerpt: bytes = b""
    # The id of the project that it, or the record in hand, turned out to be for.
    project: str | None = None
    violations: list[dict[str, Any]] = field(default_factory=list)
    # Which records a planned fault refuses before the rules are asked.
    refuses: Callable[[int, Mapping[str, Any]], Fault | None] = nothing_refused
    # None when the address says no region.
    region: str | None = field(init=False)
    # As the rules call it: the path without its slashes.
    endpoint: str = field(init=False)
    task_id: str = field(init=False)
    moment: str = field(init=False)

    def __post_init__(self) -> None:
        """Read where the request goes."""
        self.region, self.endpoint, self.task_id = target_of(
            self.headers.get("host", ""), self.path
        )
        self.moment = self.at.isoformat(timespec="milliseconds")

    def breaks(self, rule: str, message: str, index: int | None = None) -> None:
        """Take note of a violation, of one record or of the whole request."""
        self.violations.append(
            {
                "at": self.moment,
                "project": self.project,
                "rule": rule,
                "endpoint": self.endpoint,
                "message": message,
                "index": index,
            }
        )

    def is_elsewhere(self, region: str) -> bool:
        """Whether this was sent to another region than this one."""
        return self.region not in {None, region}

    @property
    def verbose(self) -> bool:
        """Whether the answer is to be JSON rather than `1` or `0`."""
        return self.query.get("verbose", "0") in {"1", "2"}
