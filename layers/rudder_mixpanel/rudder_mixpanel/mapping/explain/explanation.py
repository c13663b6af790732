"""Explains an event: what each value of its requests comes from, and what of it is left out."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.destination.dynamic import take_values
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.decisions import find_decisions
from rudder_mixpanel.mapping.explain.inputs import Inputs
from rudder_mixpanel.mapping.explain.notes import notes_by_path
from rudder_mixpanel.mapping.explain.reasons import reasons_by_path
from rudder_mixpanel.mapping.explain.requests import explain_requests
from rudder_mixpanel.mapping.explain.shadow import ShadowMessage
from rudder_mixpanel.message.paths import Path
from rudder_mixpanel.mixpanel.operations import Operation


class Explanation(NamedTuple):
    """Requests with a sentence in place of each value; and the parts of the message by path.

    Each part of the message is used for something, or left out for a reason; a path stands for
    everything below it.
    """

    requests: list[dict[str, Any]]
    used: dict[str, str]
    left_out: dict[str, str]


def explain_event(
    message: Mapping[str, Any],
    destination: Destination,
    operations: Iterable[Operation],
    *,
    now: int,
) -> Explanation:
    """Explain the operations that were mapped of a message for a destination.

    The destination is that of the stack, before the message gave values to its dynamic settings.
    """
    resolved, rest = destination.for_event(message)
    context, shadow = MappingContext(rest, resolved, now), ShadowMessage(rest, message)
    requests = list(explain_requests(context, shadow, operations))
    inputs = Inputs(
        shadow,
        reasons=reasons_by_path(context, shadow),
        decisions=dict(find_decisions(rest, resolved, now)),
        settings=settings_by_path(message, destination),
        notes=dict(notes_by_path(context, shadow)),
    )
    inputs.account(requests)
    sentences = [request.sentences(shadow) for request in requests]
    return Explanation(sentences, inputs.used, inputs.left_out)


def settings_by_path(message: Mapping[str, Any], destination: Destination) -> dict[Path, str]:
    """The dynamic settings that take their values out of a message, by the path of the value."""
    templates = destination.dynamic.templates if destination.dynamic else ()
    values, _ = take_values(templates, message)
    return {template.source: template.setting for template, _ in values}
