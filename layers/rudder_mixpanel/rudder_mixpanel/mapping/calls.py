"""The entry point of mapping: one function for each type of RudderStack event."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.alias import map_alias
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.group import map_group
from rudder_mixpanel.mapping.identify import map_identify
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.page_and_screen import map_page, map_screen
from rudder_mixpanel.mapping.track import map_track
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.message.values import truthy
from rudder_mixpanel.mixpanel.operations import Operation

type MapCall = Callable[[MappingContext], list[Operation]]
# The operations of an event, and what was left out of them
type MappedOperations = tuple[list[Operation], list[LeftOut]]

CALLS: Final[Mapping[str, MapCall]] = {
    "alias": map_alias,
    "group": map_group,
    "identify": map_identify,
    "page": map_page,
    "screen": map_screen,
    "track": map_track,
}


def transform(
    message: Mapping[str, Any], destination: Destination, *, now: datetime
) -> list[Operation]:
    """Return the operations of one decoded event, in the order in which RudderStack sends them.

    `now` is the time at which the queue first received the event. The message is not changed.
    Raises RejectedEvent when the event can never be delivered, ConfigurationError when the
    destination is misconfigured.
    """
    resolved, rest = destination.for_event(message)
    return map_message(rest, resolved, now=since_epoch(now))[0]


def map_message(
    message: Mapping[str, Any], destination: Destination, *, now: int
) -> MappedOperations:
    """Map one decoded event, as `transform` does, and say what was left out of it.

    The destination and the event are those that `Destination.for_event` returns, and `now` is in
    milliseconds since 1970. Raises RejectedEvent when the event can never be
    delivered, ConfigurationError when the destination is misconfigured.
    """
    map_call = call_for(message.get("type"))
    try:
        context = MappingContext(message, destination, now)
        return map_call(context), context.left_out
    except RecursionError as error:
        raise RejectedEvent(Code.TOO_DEEP, "expected less nesting") from error


def call_for(kind: Any) -> MapCall:
    """The function for a type of event; raises RejectedEvent when there is none."""
    call = CALLS.get(kind) if type(kind) is str else None
    if call is None:
        code = Code.UNSUPPORTED_TYPE if truthy(kind) else Code.MISSING_TYPE
        raise RejectedEvent(code, f"expected one of {', '.join(CALLS)}", "type")
    return call
