"""track, page and screen: what a user did."""

import re
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping import limits
from rudder_mixpanel.mapping.browser import browser
from rudder_mixpanel.mapping.message import Message
from rudder_mixpanel.mapping.tables import EVENT_PROPERTIES, UTM_PROPERTIES, mapped
from rudder_mixpanel.mapping.times import iso
from rudder_mixpanel.mapping.values import as_object, at, path, text, truthy
from rudder_mixpanel.operations import Operation

TRAITS: Final = path("context.traits")
CAMPAIGN: Final = path("context.campaign")
NUMBER: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
# Up to here a float holds every whole number.
EXACT: Final = 2**53
LARGEST: Final = 1e300


def track(message: Message) -> list[Operation]:
    """A charge and increments on the user's profile, if any, then the event."""
    name = message.fields.get("event")
    if isinstance(name, bool) or not isinstance(name, str | int | float):
        raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name", "event")
    message.check_age()
    given = as_object(message.fields.get("properties"))
    drop = message.destination.drop_traits_in_track_event
    # Here traits win over properties of the same name; on pages and screens it is the reverse.
    properties = {**given, **({} if drop else as_object(at(message.fields, TRAITS)))}
    event = event_of(message, text(name), properties)
    return [*charge(message, given), *increments(message, given), event]


def page(message: Message) -> list[Operation]:
    """A page that was seen."""
    settings = message.destination
    return view(message, settings.page_event_name, settings.page_event_template)


def screen(message: Message) -> list[Operation]:
    """A screen that was seen."""
    settings = message.destination
    return view(message, settings.screen_event_name, settings.screen_event_template)


def view(message: Message, name: str, template: str | None) -> list[Operation]:
    """A page or screen; its name and category go into the properties."""
    message.check_age()
    given = as_object(message.fields.get("properties"))
    own = {
        key: message.fields[key] for key in ("name", "category") if truthy(message.fields.get(key))
    }
    if template is not None:
        name = fill(
            template, {"category": given.get("category"), "name": message.fields.get("name")}
        )
    return [event_of(message, name, {**as_object(at(message.fields, TRAITS)), **given}, own)]


def event_of(
    message: Message, name: str, properties: dict[str, Any], last: dict[str, Any] | None = None
) -> Operation:
    """The event with all that the message's context tells; `last` wins over everything."""
    if not name.strip():
        raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name that is not blank", "event")
    fields, destination = message.fields, message.destination
    found = mapped(EVENT_PROPERTIES, fields)
    if "$session_id" in found:
        found["$session_id"] = text(found["$session_id"])
    properties = {
        **properties,
        **found,
        "token": destination.token,
        "distinct_id": message.distinct_id,
        "time": message.time,
        "$insert_id": message.insert_id,
        **utm(at(fields, CAMPAIGN)),
    }
    if destination.simplified:
        identify_simply(properties, message)
    properties |= browser(fields)
    properties |= last or {}
    limits.check(properties)
    return message.event(name, properties)


def identify_simply(properties: dict[str, Any], message: Message) -> None:
    """Say which device and user it was, and nothing else: these two merge, distinct_id follows."""
    for name, one in (("$device_id", message.anonymous_id), ("$user_id", message.user_id)):
        if one is not None:
            properties[name] = one
        else:
            properties.pop(name, None)


def utm(campaign: Any) -> dict[str, Any]:
    """Campaign fields as `utm_` properties; null stays null."""
    if not isinstance(campaign, dict):
        return {}
    return {UTM_PROPERTIES.get(key, f"utm_{key}"): value for key, value in campaign.items()}


def charge(message: Message, properties: dict[str, Any]) -> list[Operation]:
    """Revenue on the user's profile, when Mixpanel People is on."""
    revenue = properties.get("revenue")
    if not message.destination.people or not truthy(revenue):
        return []
    amount = number(revenue)
    if amount is None:
        message.left_out.append("charge")
        return []
    transaction = {"$time": iso(message.time), "$amount": amount}
    return [message.profile_update("$append", {"$transactions": transaction})]


def increments(message: Message, properties: dict[str, Any]) -> list[Operation]:
    """Counters on the user's profile, for the properties that the settings name."""
    wanted = message.destination.increments
    given = {key: one for key, one in properties.items() if key in wanted and truthy(one)}
    counted = {key: amount for key, one in given.items() if (amount := number(one)) is not None}
    message.left_out.extend(["increment"] * (len(given) - len(counted)))
    return [message.profile_update("$add", counted)] if counted else []


def number(value: Any) -> int | float | None:
    """A number, or the number that a text spells."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    return int(value) if abs(value) < EXACT and value == int(value) else float(value)


def literal(replacement: str) -> str:
    """A replacement in which no character has a meaning of its own."""
    return replacement.replace("\\", r"\\")


def fill(template: str, values: dict[str, Any]) -> str:
    """An event name with `{{ category }}` and `{{ name }}` filled in.

    What is missing takes the blanks on its both sides with it; without two blanks the placeholder
    stays, as the peer leaves it.
    """
    if not template:
        raise RejectedEvent(Code.EMPTY_TEMPLATE, "expected a template for the name of this event")
    for key, value in values.items():
        placeholder = r"\{\{\s*" + key + r"\s*\}\}"
        if value is None:
            template = re.sub(rf"\s{placeholder}\s", " ", template)
        else:
            template = re.sub(placeholder, literal(text(value)), template)
    return template
