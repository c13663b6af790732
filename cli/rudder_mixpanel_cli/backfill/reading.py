"""Reads the events of all inputs, each with its place and with the position after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rudder_mixpanel_cli.backfill.evaluation import Evaluation, Evaluator
from rudder_mixpanel_cli.events_input.elements import InputElement, read_elements
from rudder_mixpanel_cli.events_input.inputs import Input, opened


class Position(NamedTuple):
    """How far a backfill is: the inputs, the values of the next, and the events of that value."""

    input: int = 0
    element: int = 0
    event: int = 0


START: Final = Position()


@dataclass(frozen=True, slots=True)
class EvaluatedEvent:
    """An event, or a part of an input that is none; `after` is the position behind it."""

    evaluation: Evaluation
    file: str
    line: int
    after: Position


def evaluate_inputs(
    inputs: Sequence[Input], evaluator: Evaluator, start: Position
) -> Iterator[EvaluatedEvent]:
    """The events from a position on, in order.

    Raises UsageError when an input cannot be read, ConfigurationError as the mapping does.
    """
    for number, item in enumerate(inputs[start.input :], start.input):
        begin = start if number == start.input else Position(number)
        if item.size:
            with opened(item) as source:
                for index, element in enumerate(read_elements(source)):
                    if index >= begin.element:
                        yield from evaluate_element(
                            element, evaluator, item.name, Position(number, index), begin
                        )


def evaluate_element(
    element: InputElement, evaluator: Evaluator, file: str, place: Position, begin: Position
) -> Iterator[EvaluatedEvent]:
    """The events in a value, without those before the position at which to begin."""
    skipped = begin.event if place.element == begin.element else 0
    for index, item in enumerate(evaluator.items(element)):
        if index >= skipped:
            after = place._replace(event=index + 1)
            yield EvaluatedEvent(evaluator.evaluate(item), file, element.line, after)
