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
USER_AGENT: Final = path("context.userAgent")
NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def track(message: Message) -> list[Operation]:
    """A charge and increments on the user's profile, if any, then the event."""
    name = message.fields.get("event")
    if not isinstance(name, str | int | float) or not text(name).strip():
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
        # These two merge a device into its user; distinct_id follows from them.
        properties |= ids(message)
    user_agent = at(fields, USER_AGENT)
    if fields.get("channel") == "web" and isinstance(user_agent, str) and user_agent:
        properties |= browser(user_agent)
    properties |= last or {}
    limits.check(properties)
    return message.event(name, properties)


def ids(message: Message) -> dict[str, str]:
    """The ids by which simplified merge knows a person."""
    known = {"$device_id": message.anonymous_id, "$user_id": message.user_id}
    return {key: one for key, one in known.items() if one is not None}


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
        value = float(value) if any(mark in value for mark in ".eE") else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < float("inf") else None


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
