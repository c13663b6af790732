"""A RudderStack message becomes the updates that Mixpanel takes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.alias import alias
from rudder_mixpanel.mapping.events import page, screen, track
from rudder_mixpanel.mapping.group import group
from rudder_mixpanel.mapping.identify import identify
from rudder_mixpanel.mapping.message import MappingContext
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.message.values import truthy
from rudder_mixpanel.mixpanel.operations import Operation

CALLS: Final[Mapping[str, Callable[[MappingContext], list[Operation]]]] = {
    "alias": alias,
    "group": group,
    "identify": identify,
    "page": page,
    "screen": screen,
    "track": track,
}


# What a message becomes, and what of it was left out: charge, increment or identifier
type MappedOperations = tuple[list[Operation], list[str]]


def map_message(
    raw: Mapping[str, Any], destination: Destination, *, now: int, explain: bool = False
) -> MappedOperations:
    """Map one decoded RudderStack event; with `explain`, each operation says its origins.

    The destination and the event are those that `Destination.for_event` returns. `now` is when the
    queue first took it, in milliseconds since 1970, and the only clock there is.
    Raises RejectedEvent when the event can never be delivered, ConfigurationError when the
    destination is at fault. The message stays as it was.
    """
    kind = raw.get("type")
    call = CALLS.get(kind) if type(kind) is str else None
    if call is None:
        code = Code.UNSUPPORTED_TYPE if truthy(kind) else Code.MISSING_TYPE
        raise RejectedEvent(code, f"expected one of {', '.join(CALLS)}", "type")
    try:
        message = MappingContext(raw, destination, now, explain=explain)
        return call(message), message.left_out
    except RecursionError as error:
        raise RejectedEvent(Code.TOO_DEEP, "expected less nesting") from error


def transform(
    message: Mapping[str, Any], destination: Destination, *, now: datetime
) -> list[Operation]:
    """The operations that one message becomes, in the order in which RudderStack sends them."""
    resolved, rest = destination.for_event(message)
    return map_message(rest, resolved, now=since_epoch(now))[0]
