"""What is planned to go wrong, and for which requests."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Self

from mixpanel_emulator.endpoints.bodies import batch
from mixpanel_emulator.endpoints.visit import Answer, Refused, Visit
from mixpanel_emulator.endpoints.visit import Fault as Refusal
from mixpanel_emulator.faults.types import KINDS, REFUSAL, Receive

# More than any project takes: a fault may be aimed at what is too large.
READ: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and its aim: without any, it strikes every request that it can."""

    fault: str
    endpoint: str | None = None
    event: str | None = None
    contains: str | None = None
    larger_than: int | None = None
    after: int = 0
    times: int | None = None
    probability: float = 1
    seed: int = 0
    seconds: float | None = None
    delay: float = 0
    retry_after: str | int | None = None

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Read a fault from JSON, or raise ValueError with what is wrong."""
        if not isinstance(raw, dict) or raw.get("fault") not in KINDS:
            raise ValueError(f"fault must be one of: {', '.join(KINDS)}")
        for name, value in raw.items():
            if name not in ACCEPTED:
                raise ValueError(f"{name} is not one of: {', '.join(ACCEPTED)}")
            # JSON's true is no number here.
            if isinstance(value, bool) or not isinstance(value, ACCEPTED[name]):
                raise ValueError(f"{name} has the wrong type")  # noqa: TRY004 - it came as text
            if isinstance(value, int | float) and value < 0:
                raise ValueError(f"{name} must not be negative")
        fault = cls(**raw)
        kind = KINDS[fault.fault]
        if fault.endpoint not in {None, *kind.endpoints}:
            raise ValueError(f"{kind.name} strikes only: {', '.join(kind.endpoints)}")
        if fault.needs_body and not kind.reads_body:
            raise ValueError(f"{kind.name} strikes before the body is read, whatever it holds")
        if kind.name == "slow" and not fault.delay:
            raise ValueError("slow needs a delay")
        return fault

    @property
    def needs_body(self) -> bool:
        """Whether the aim is taken at what the body holds."""
        return (self.event, self.contains, self.larger_than) != (None, None, None)

    def is_aimed_at(self, visit: Visit) -> bool:
        """Whether the request, wherever it stands in the row, is one of those meant."""
        if self.endpoint not in {None, visit.endpoint}:
            return False
        if visit.endpoint not in KINDS[self.fault].endpoints:
            return False
        return not self.needs_body or self.finds(visit)

    def finds(self, visit: Visit) -> bool:
        """Whether the body holds what the aim is taken at."""
        probe = replace(visit, violations=[])
        try:
            records = batch(probe, READ).records
        except Refused:
            records = []
        large = self.larger_than is None or probe.size > self.larger_than
        named = (self.event, self.contains) == (None, None) or any(map(self.names, records))
        return large and named

    def names(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is one of those that `event` and `contains` mean."""
        if self.event not in {None, record.get("event")}:
            return False
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        return self.contains is None or self.contains in text

    def strike(self, visit: Visit, receive: Receive) -> Answer:
        """The answer to a request that this fault strikes."""
        kind = KINDS[self.fault]
        if kind.singles_out:
            visit.refuses = self.singled_out
        answer = kind.effect(visit, receive)
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return replace(answer, headers=headers, delay=self.delay)

    def singled_out(self, index: int, record: Mapping[str, Any]) -> Refusal | None:
        """The refusal of a record that the aim names; without a name, of the first."""
        if (self.event, self.contains) == (None, None):
            return REFUSAL if index == 0 else None
        return REFUSAL if self.names(record) else None


TEXT, WHOLE, NUMBER = (str, type(None)), (int, type(None)), (int, float, type(None))
ACCEPTED: Final[Mapping[str, tuple[type, ...]]] = {
    "fault": (str,),
    "endpoint": TEXT,
    "event": TEXT,
    "contains": TEXT,
    "larger_than": WHOLE,
    "after": (int,),
    "times": WHOLE,
    "probability": (int, float),
    "seed": (int,),
    "seconds": NUMBER,
    "delay": (int, float),
    "retry_after": (str, int, type(None)),
}


@dataclass(slots=True)
class Planned:
    """A fault in the plan, and how often it was met and struck."""

    id: int
    fault: Fault
    since: datetime
    met: int = 0
    struck: int = 0
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the seed."""
        # Chance that repeats itself, so that a test that failed fails again.
        self.chance = Random(self.fault.seed)  # noqa: S311

    def strikes(self, visit: Visit) -> bool:
        """Whether it is this request's turn; the request counts as met if it is aimed at."""
        fault = self.fault
        if self.is_over(visit.at) or not fault.is_aimed_at(visit):
            return False
        self.met += 1
        if self.met <= fault.after or self.chance.random() >= fault.probability:
            return False
        self.struck += 1
        return True

    def is_over(self, at: datetime) -> bool:
        """Whether it has struck as often, or as long, as it should."""
        fault = self.fault
        if fault.seconds is not None and at >= self.since + timedelta(seconds=fault.seconds):
            return True
        return self.struck == fault.times

    def shown(self) -> dict[str, Any]:
        """The fault as it was planned, less what it does not say, and what came of it."""
        defaults = {each.name: each.default for each in fields(Fault)}
        said = {k: v for k, v in asdict(self.fault).items() if v != defaults[k]}
        return {"id": self.id, **said, "met": self.met, "struck": self.struck}


class Faults:
    """The plan: the faults of a script, and those that were added since."""

    def __init__(self, script: Iterable[Fault] = ()) -> None:
        self.script = tuple(script)
        self.planned: list[Planned] = []
        self.latest = 0

    def start(self, at: datetime) -> None:
        """Begin the script anew, and forget all that was added."""
        self.planned.clear()
        for fault in self.script:
            self.add(fault, at)

    def add(self, fault: Fault, at: datetime) -> Planned:
        """Plan one more; of several that could strike, the first planned does."""
        self.latest += 1
        planned = Planned(self.latest, fault, at)
        self.planned.append(planned)
        return planned

    def remove(self, identifier: int) -> bool:
        """Take one out of the plan; whether it was there."""
        left = [each for each in self.planned if each.id != identifier]
        removed = len(left) < len(self.planned)
        self.planned = left
        return removed

    def striking(self, visit: Visit, *, body_read: bool) -> Fault | None:
        """The fault that strikes this request, now or once its body is read."""
        for planned in self.planned:
            reads = KINDS[planned.fault.fault].reads_body
            if reads == body_read and planned.strikes(visit):
                return planned.fault
        return None


def parse_script(raw: object) -> list[Fault]:
    """The faults of a script, which is a list of them or one, or ValueError."""
    return [Fault.parse(each) for each in (raw if isinstance(raw, list) else [raw])]
