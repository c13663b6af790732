"""Explains an event: what each value of its requests comes from, and what of it is left out."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.decisions import find_decisions
from rudder_mixpanel.mapping.explain.inputs import Inputs
from rudder_mixpanel.mapping.explain.reasons import reasons_by_path
from rudder_mixpanel.mapping.explain.requests import explain_requests
from rudder_mixpanel.mapping.explain.shadow import ShadowMessage
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
    context, shadow = MappingContext(rest, resolved, now), ShadowMessage(message)
    requests = list(explain_requests(context, ShadowMessage(rest), operations))
    others = {("type",): "decides which call it is", **dict(find_decisions(rest, resolved, now))}
    others |= settings_of(message, destination)
    inputs = Inputs(shadow, reasons_by_path(context, shadow), others)
    inputs.account(requests)
    sentences = [request.sentences(shadow) for request in requests]
    return Explanation(sentences, inputs.used, inputs.left_out)
