"""Why a part of a message is in no request, where that follows from its path alone."""

from collections.abc import Iterator
from typing import Final

from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.fields import (
    ANONYMOUS,
    CONTEXT_IP,
    MESSAGE_ID,
    PREVIOUS,
    REQUEST_IP,
    USER,
)
from rudder_mixpanel.mapping.explain.shadow import ShadowMessage, parts_in
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.ip_addresses import first_address
from rudder_mixpanel.message.paths import MISSING, Path
from rudder_mixpanel.message.times import FALLBACKS, time_near, time_source
from rudder_mixpanel.message.values import has_content

type Reasons = dict[Path, str]

OTHER_ID: Final = "another id identifies the user"
EMPTY: Final = "empty"
NO_DIFFERENCE: Final = "read, and makes no difference to this event"
FILTERS: Final = "only the filters read it"
READ_BY_FILTERS: Final[tuple[Path, ...]] = (("integrations",), ("context", "consentManagement"))
UNUSED_IDS: Final = {
    USER: OTHER_ID,
    ANONYMOUS: OTHER_ID,
    PREVIOUS: "only alias calls send it",
    MESSAGE_ID: "becomes the $insert_id of events, and this call sends none",
}
# What orders the updates of a call that sends no event, when newer ones win.
ORDERS_UPDATES: Final = "not sent; decides whether the profile has newer values"
ORDERS_TIES: Final = "not sent; decides between updates of the same time"
# What the mapping reads to decide something
CONTEXT_TRAITS: Final[Path] = ("context", "traits")
DECIDING: Final[tuple[Path, ...]] = (
    ("channel",),
    ("context", "active"),
    ("context", "device", "type"),
    ("context", "userAgent"),
)
# Fields at the root that RudderStack and its libraries add
OWN: Final = frozenset(
    {"version", "rudderId", "writeKey", "workspaceId", "sourceId", "destinationId", "recordId"}
    | {"_metadata", "metadata", "jobRunId", "taskRunId", "sourceJobRunId"}
)
OTHER_PARTS: Final = "of an address only city, state and country are sent"
OF_RUDDERSTACK: Final = "RudderStack's own, about how the event was sent"


def reasons_by_path(context: MappingContext, shadow: ShadowMessage) -> Reasons:
    """The reasons for what is at these paths, if it turns out to be in no request."""
    reasons: Reasons = {(): "not mapped, in RudderStack either"}
    reasons |= {(name,): OF_RUDDERSTACK for name in OWN}
    reasons |= dict.fromkeys(READ_BY_FILTERS, FILTERS)
    reasons |= dict.fromkeys(DECIDING, NO_DIFFERENCE)
    reasons |= {path: reason_of_id(shadow, path) for path in UNUSED_IDS}
    reasons |= {(name,): reason_of_time(context, name) for name in ("timestamp", *FALLBACKS)}
    reasons |= {path: reason_of_address(shadow, path) for path in (CONTEXT_IP, REQUEST_IP)}
    kind = context.fields["type"]
    if updates_in_order(context) and reasons[MESSAGE_ID] == UNUSED_IDS[MESSAGE_ID]:
        reasons[MESSAGE_ID] = ORDERS_TIES
    if kind == "identify":
        reasons |= dict(reasons_of_parts(shadow))
    if kind == "track" and context.destination.drop_traits_in_track_event:
        reasons[CONTEXT_TRAITS] = "the setting dropTraitsInTrackEvent is true"
    if kind == "group":
        reasons[("groupId",)] = "not one of the setting groupKeySettings, or no id"
    return {path: why for path, why in reasons.items() if shadow.value_at(path) is not MISSING}


def reason_of_id(shadow: ShadowMessage, path: Path) -> str:
    """Why an id is in no request."""
    value = shadow.value_at(path)
    if not has_content(value):
        return EMPTY
    if usable_id(value) is None:
        return "not an id, or a placeholder that identifies nobody"
    return UNUSED_IDS[path]


def reason_of_time(context: MappingContext, name: str) -> str:
    """Why a time is in no request."""
    value = context.fields.get(name)
    if not has_content(value):
        return EMPTY
    if time_near(value, context.now) is None:
        return "not a time that can be read"
    source = time_source(context.fields, context.now)
    if source == name:
        return ORDERS_UPDATES if updates_in_order(context) else "this call sends no time"
    return f"the time comes from {source}"


def updates_in_order(context: MappingContext) -> bool:
    """Whether newer updates win, and the event is a call that updates profiles."""
    return context.destination.newer_wins and context.fields["type"] in {"identify", "group"}


def reason_of_address(shadow: ShadowMessage, path: Path) -> str:
    """Why an address is in no request."""
    value = shadow.value_at(path)
    if not has_content(value):
        return EMPTY
    if first_address(value) is None:
        return "not an IP address"
    if path == REQUEST_IP and first_address(shadow.value_at(CONTEXT_IP)) is None:
        return "the address of a server, not of the user"
    return "another address is that of the user" if path == REQUEST_IP else NO_DIFFERENCE


def reasons_of_parts(shadow: ShadowMessage) -> Iterator[tuple[Path, str]]:
    """Why traits that are mapped or have no name are not sent as they are."""
    for root in (("traits",), ("context", "traits")):
        for name, _ in parts_in(shadow.value_at(root)):
            path: Path = (*root, name)
            if not name.rstrip("."):
                yield path, "a trait without a name is not sent"
            elif name == "address":
                yield path, OTHER_PARTS
