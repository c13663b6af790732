"""The origins of what the stack itself writes: token, ids, time and address."""

from typing import Final

from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.shadow import ALL, Origin
from rudder_mixpanel.message.identity import DEVICE, usable_id
from rudder_mixpanel.message.insert_ids import INSERT_ID_LENGTH, OWN_INSERT_ID, insert_id
from rudder_mixpanel.message.ip_addresses import first_address
from rudder_mixpanel.message.paths import Path, value_at
from rudder_mixpanel.message.times import number_in, time_source

USER: Final[Path] = ("userId",)
ANONYMOUS: Final[Path] = ("anonymousId",)
PREVIOUS: Final[Path] = ("previousId",)
MESSAGE_ID: Final[Path] = ("messageId",)
CONTEXT_IP: Final[Path] = ("context", "ip")
REQUEST_IP: Final[Path] = ("request_ip",)
ACTIVE: Final[Path] = ("context", "active")

BROWSER: Final = Origin(f"the browser in {ALL}", (("context", "userAgent"),))
TOKEN: Final = Origin("the destination's token")
ARRIVAL: Final = Origin("the time at which the queue got the event (SentTimestamp)")
OF_THE_WHOLE_EVENT: Final = Origin("hash of the whole event and its time, as it has no messageId")


def user_origin(context: MappingContext) -> Origin:
    """The origin of the id that an event or a profile belongs to."""
    if context.user_id is not None:
        return Origin(paths=(USER,))
    simplified = context.destination.simplified
    return Origin(f"{ALL} with the prefix {DEVICE}" if simplified else ALL, (ANONYMOUS,))


def time_origin(context: MappingContext) -> Origin:
    """The origin of the event's time."""
    name = time_source(context.fields, context.now)
    if name is None:
        return ARRIVAL
    number = number_in(context.fields[name])
    in_seconds = number is not None and int(number) != context.time
    read = f"{ALL}, read as seconds" if in_seconds else ALL
    return Origin(f"{read}, in milliseconds since 1970", ((name,),))


def insert_id_origin(context: MappingContext) -> Origin:
    """The origin of the `$insert_id` of an event."""
    value = insert_id(context.fields, context.time)
    message_id = context.fields.get("messageId")
    text = message_id if isinstance(message_id, str) else usable_id(message_id) or ""
    if text.endswith(value):
        last = f"last {INSERT_ID_LENGTH} characters of {ALL}"
        return Origin(ALL if text == value else last, (MESSAGE_ID,))
    if usable_id(message_id) is not None:
        return Origin(f"hash of {ALL}, which Mixpanel would not allow", (MESSAGE_ID,))
    if value_at(context.fields, OWN_INSERT_ID) == value:
        return Origin(paths=(OWN_INSERT_ID,))
    return OF_THE_WHOLE_EVENT


def address_origin(context: MappingContext) -> Origin:
    """The origin of the user's address, if there is one."""
    of_context = first_address(context.message_context.get("ip")) is not None
    return Origin(paths=(CONTEXT_IP if of_context else REQUEST_IP,))


def update_origins(context: MappingContext) -> dict[str, Origin]:
    """The origins of the fields that an update of the user's profile may have."""
    return {
        "$token": TOKEN,
        "$distinct_id": user_origin(context),
        "$ip": address_origin(context),
        "$ignore_time": Origin(f"true, because {ALL} is false", (ACTIVE,)),
        "$time": time_origin(context),
    }
