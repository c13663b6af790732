"""Planned faults, and the choice of the requests that they apply to."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from mixpanel_emulator.endpoints.bodies import read_batch
from mixpanel_emulator.endpoints.exchange import (
    ApiResponse,
    Exchange,
    RecordError,
    RequestRejected,
)
from mixpanel_emulator.faults.effects import PLANNED_ERROR
from mixpanel_emulator.faults.row_effects import Respond
from mixpanel_emulator.faults.types import FAULT_TYPES

# More than any project accepts: a fault may target requests that are too large.
READ_LIMIT: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and its target; without a target, it applies to every possible request."""

    fault: str
    endpoint: str | None = None
    method: str | None = None
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

    @property
    def needs_body(self) -> bool:
        """Whether the target depends on the body."""
        return (self.event, self.contains, self.larger_than) != (None, None, None)

    @property
    def selects(self) -> bool:
        """Whether the target is some records or rows."""
        return (self.event, self.contains) != (None, None)

    def matches(self, exchange: Exchange) -> bool:
        """Whether a request is among the targets, however often the fault applied before."""
        if self.endpoint not in {None, exchange.endpoint}:
            return False
        fault_type = FAULT_TYPES[self.fault]
        if exchange.endpoint not in fault_type.endpoints:
            return False
        if not {self.method, fault_type.method} <= {None, exchange.method}:
            return False
        if not self.needs_body or fault_type.targets_rows:
            return True
        return self.matches_body(exchange)

    def matches_body(self, exchange: Exchange) -> bool:
        """Whether the body of a request is among the targets."""
        probe = replace(exchange, violations=[])
        try:
            records = read_batch(probe, READ_LIMIT).records
        except RequestRejected:
            records = []
        large = self.larger_than is None or probe.size > self.larger_than
        return large and (not self.selects or any(map(self.matches_record, records)))

    def matches_record(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is among those that `event` and `contains` select."""
        if self.event not in {None, record.get("event")}:
            return False
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        return self.contains is None or self.contains in text

    def apply(self, exchange: Exchange, respond: Respond) -> ApiResponse:
        """Return the response to a request that this fault applies to."""
        fault_type = FAULT_TYPES[self.fault]
        if fault_type.rejects_records:
            exchange.planned_error = self.record_error
        if fault_type.targets_rows and self.selects:
            exchange.targets_row = self.matches_record
        response = fault_type.effect(exchange, respond)
        if fault_type.delays_rows:
            return replace(response, row_delay=self.delay)
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return replace(response, headers={**response.headers, **headers}, delay=self.delay)

    def record_error(self, index: int, record: Mapping[str, Any]) -> RecordError | None:
        """Reject a record that the target selects; if it selects none, the first record."""
        if not self.selects:
            return PLANNED_ERROR if index == 0 else None
        return PLANNED_ERROR if self.matches_record(record) else None


@dataclass(slots=True)
class PlannedFault:
    """A fault in the plan, and how many requests it met and struck."""

    id: int
    fault: Fault
    since: datetime
    met: int = 0
    struck: int = 0
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        """Start the random numbers at the seed."""
        # Repeatable, so that a failed test fails again.
        self.random = Random(self.fault.seed)  # noqa: S311

    def strikes(self, exchange: Exchange) -> bool:
        """Whether the fault applies to this request; a target counts as met in any case."""
        fault = self.fault
        if self.is_over(exchange.at) or not fault.matches(exchange):
            return False
        self.met += 1
        if self.met <= fault.after or self.random.random() >= fault.probability:
            return False
        self.struck += 1
        return True

    def is_over(self, at: datetime) -> bool:
        """Whether the fault has struck as often, or lasted as long, as planned."""
        fault = self.fault
        if fault.seconds is not None and at >= self.since + timedelta(seconds=fault.seconds):
            return True
        return self.struck == fault.times

    def to_json(self, at: datetime) -> dict[str, Any]:
        """Describe the fault by its fields that are not defaults, its counts, and its end."""
        defaults = {each.name: each.default for each in fields(Fault)}
        changed = {k: v for k, v in asdict(self.fault).items() if v != defaults[k]}
        counts = {"met": self.met, "struck": self.struck}
        return {"id": self.id, **changed, **counts, "over": self.is_over(at)}


class FaultPlan:
    """The faults of a script, and those added since."""

    def __init__(self, script: Iterable[Fault] = ()) -> None:
        self.script = tuple(script)
        self.planned: list[PlannedFault] = []
        self.last_id = 0

    def start(self, at: datetime) -> None:
        """Restart the script, and remove all faults added since."""
        self.planned.clear()
        for fault in self.script:
            self.add(fault, at)

    def add(self, fault: Fault, at: datetime) -> PlannedFault:
        """Plan a fault; of several that could apply, the one planned first does."""
        self.last_id += 1
        planned = PlannedFault(self.last_id, fault, at)
        self.planned.append(planned)
        return planned

    def remove(self, identifier: int) -> bool:
        """Remove a fault from the plan, and return whether it was there."""
        remaining = [planned for planned in self.planned if planned.id != identifier]
        removed = len(remaining) < len(self.planned)
        self.planned = remaining
        return removed

    def find_striking(self, exchange: Exchange, *, body_read: bool) -> Fault | None:
        """Return the fault that applies to a request, before or after its body is read."""
        for planned in self.planned:
            reads = FAULT_TYPES[planned.fault.fault].reads_body
            if reads == body_read and planned.strikes(exchange):
                return planned.fault
        return None
