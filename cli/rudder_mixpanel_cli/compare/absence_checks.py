"""Whether an event that this stack sends cannot be in Mixpanel, because RudderStack sent it."""

from typing import Final

from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.insert_ids import LEGAL_INSERT_ID
from rudder_mixpanel.message.times import milliseconds, number_in
from rudder_mixpanel.message.values import js_text, truthy
from rudder_mixpanel_cli.compare.expected import Expected
from rudder_mixpanel_cli.compare.rudderstack import ABSENT, RudderStackEvent

# RudderStack's limits: five years of 365.2425 days, and of properties
OLDEST: Final = int(1826.2125 * 86_400_000)
MOST_KEYS: Final = 254


def rudderstacks(expected: Expected) -> RudderStackEvent:
    """What RudderStack's code sends."""
    return RudderStackEvent(expected.message, expected.destination)


def is_product(expected: Expected, position: int) -> bool:
    """Whether it is an event of one product of an order, which RudderStack does not send."""
    return position > 0 and expected.destination.product_events


def has_refused_message_id(expected: Expected, _position: int) -> bool:
    """Whether RudderStack rejects the messageId, or Mixpanel what RudderStack makes of it."""
    message_id = expected.message.get("messageId")
    if not expected.is_event_call or not truthy(message_id):
        return False
    if expected.message.get("type") == "track" and not isinstance(message_id, str):
        return True
    sent = js_text(rudderstacks(expected).insert_id)
    return not LEGAL_INSERT_ID.fullmatch(sent) or usable_id(sent) is None


def has_number_as_name(expected: Expected, _position: int) -> bool:
    """Whether RudderStack sends a number as the name, which Mixpanel rejects."""
    is_text = isinstance(expected.message.get("event"), str)
    return expected.message.get("type") == "track" and not is_text


def has_placeholder(expected: Expected, _position: int) -> bool:
    """Whether RudderStack sends a placeholder as the user, which Mixpanel rejects."""
    if not expected.is_event_call:
        return False
    distinct_id = rudderstacks(expected).distinct_id
    return distinct_id is not ABSENT and usable_id(distinct_id) is None


def has_time_as_number(expected: Expected, _position: int) -> bool:
    """Whether RudderStack reads a time in the wrong unit, or not at all, because it is a number."""
    value = expected.message.get("timestamp")
    time = rudderstacks(expected).time if expected.is_event_call else 0
    return number_in(value) is not None and (time is None or expected.arrival - time > OLDEST)


def is_too_old(expected: Expected, _position: int) -> bool:
    """Whether `timestamp` is older than RudderStack allows."""
    time = milliseconds(expected.message.get("timestamp"))
    return time is not None and expected.arrival - time > OLDEST


def has_no_time(expected: Expected, _position: int) -> bool:
    """Whether RudderStack sends null as the time, which Mixpanel rejects."""
    return expected.is_event_call and rudderstacks(expected).time is None


def has_too_many_keys(expected: Expected, position: int) -> bool:
    """Whether RudderStack counts properties that have no value, and finds too many."""
    if not expected.is_event_call:
        return False
    event = rudderstacks(expected)
    values = [event.distinct_id, event.insert_id]
    values += [event.user_id, event.device_id] if expected.destination.simplified else []
    properties = expected.events[position]["properties"]
    without_value = sum(value is ABSENT for value in values)
    if expected.message.get("channel") == "web":
        without_value += sum(name not in properties for name in ("$browser", "$browser_version"))
    return len(properties) <= MOST_KEYS < len(properties) + without_value
