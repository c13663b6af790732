"""One request while it is judged, and the answer it gets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Self

import orjson


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
    violations: list[dict[str, Any]] = field(default_factory=list)
    # Which records a planned fault refuses before the rules are asked.
    refuses: Callable[[int, Mapping[str, Any]], Fault | None] = nothing_refused

    @property
    def endpoint(self) -> str:
        """The path without its slashes, which is how the rules call it."""
        return self.path.removeprefix("/").removesuffix("/")

    def breaks(self, rule: str, message: str, index: int | None = None) -> None:
        """Take note of a violation, of one record or of the whole request."""
        self.violations.append(
            {"rule": rule, "endpoint": self.endpoint, "message": message, "index": index}
        )

    @property
    def verbose(self) -> bool:
        """Whether the answer is to be JSON rather than `1` or `0`."""
        return self.query.get("verbose", "0") in {"1", "2"}
