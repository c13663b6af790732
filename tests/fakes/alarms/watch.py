"""Alarms as time passes: their states, and each change of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.fakes.alarms.alarm import Alarm, State
from tests.fakes.alarms.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an alarm's state; it runs the alarm's actions."""

    minute: int
    alarm: str
    state: State


class Watch:
    """Alarms, evaluated each minute."""

    def __init__(self, alarms: Iterable[Alarm], metrics: Metrics) -> None:
        self.alarms = list(alarms)
        self.metrics = metrics
        self.states = {alarm.name: State.INSUFFICIENT_DATA for alarm in self.alarms}
        self.changes: list[Change] = []
        # Each point is part of several evaluations.
        self._points: dict[tuple[str, int], bool | None] = {}

    def evaluate(self, minute: int) -> None:
        """Evaluate all alarms at the beginning of a minute, with the values of those before."""
        for alarm in self.alarms:
            state = alarm.rule.state(self.points(alarm, minute), self.states[alarm.name])
            if state is not self.states[alarm.name]:
                self.states[alarm.name] = state
                self.changes.append(Change(minute, alarm.name, state))

    def points(self, alarm: Alarm, minute: int) -> list[bool | None]:
        """The points of an alarm's evaluation range, each computed once."""
        return [self.point(alarm, end) for end in alarm.ends(minute)]

    def point(self, alarm: Alarm, end: int) -> bool | None:
        """One point; once evaluated, it does not change, since values arrive in order."""
        key = alarm.name, end
        if key not in self._points:
            self._points[key] = alarm.point(self.metrics, end)
        return self._points[key]

    def firing(self) -> set[str]:
        """The alarms that fire."""
        return {name for name, state in self.states.items() if state is State.ALARM}
