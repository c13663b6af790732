"""Whether RudderStack sends another time, address or other value."""

from typing import Any, Final

from rudder_mixpanel.message.ip_addresses import first_address
from rudder_mixpanel.message.values import truthy
from rudder_mixpanel_cli.compare.artefact_checks import is_added_location
from rudder_mixpanel_cli.compare.case import Case
from rudder_mixpanel_cli.compare.differing import NUMBERS, Mismatch
from rudder_mixpanel_cli.compare.rudderstack import ABSENT, is_year

TIME: Final = ("properties", "time")
BROWSER: Final = ("properties", "$browser")
BROWSER_VERSION: Final = ("properties", "$browser_version")
# Up to here JavaScript represents every whole number exactly.
EXACT: Final = 2**53


def is_year_as_time(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack reads a year as its start."""
    if mismatch.path != TIME or not case.expected.is_event_call:
        return False
    values = (case.message.get("timestamp"), case.message.get("originalTimestamp"))
    is_one = any(map(is_year, values))
    return is_one and case.clock.is_same(mismatch.held, case.rudderstack.time)


def is_address_of_list(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack sends a list of addresses as it is, or Mixpanel has located it."""
    own = case.context.get("ip")
    if not truthy(own) or own == first_address(own):
        return False
    if mismatch.path == ("properties", "ip"):
        return bool(mismatch.held == own)
    return "ip" not in case.sent_properties and is_added_location(mismatch, case)


def is_address_of_request(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack sends the address of a server, or Mixpanel has located it."""
    own, requesters = case.context.get("ip"), case.message.get("request_ip")
    if truthy(own) or not truthy(requesters) or "ip" in case.sent_properties:
        return False
    if mismatch.path == ("properties", "ip"):
        return bool(mismatch.held == requesters)
    return is_added_location(mismatch, case)


def is_location_of_data_center(mismatch: Mismatch, case: Case) -> bool:
    """Whether Mixpanel has located the request of RudderStack, which has no address of the user."""
    has_address = case.rudderstack.address is not ABSENT or "ip" in case.sent_properties
    return not has_address and is_added_location(mismatch, case)


def is_unknown_browser(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack has found a browser in the user agent that is not known here."""
    agent = case.context.get("userAgent")
    if mismatch.sent is not ABSENT or case.message.get("channel") != "web":
        return False
    if not isinstance(agent, str) or not isinstance(mismatch.held, str) or not mismatch.held:
        return False
    if mismatch.path == BROWSER_VERSION:
        return mismatch.held in agent
    return mismatch.path == BROWSER and plain_name(mismatch.held) in plain_name(agent)


def plain_name(text: str) -> str:
    """A name without blanks and capitals."""
    return "".join(text.lower().split())


def is_rounded(mismatch: Mismatch, _case: Case) -> bool:
    """Whether RudderStack has rounded a whole number that JavaScript cannot represent."""
    number = whole_number(mismatch.sent)
    if number is None or abs(number) <= EXACT or type(mismatch.held) not in NUMBERS:
        return False
    return float(mismatch.held) == float(number) != number


def whole_number(value: Any) -> int | None:
    """A whole number, which is sent as text when it has more than 64 bits."""
    if type(value) is str and value.removeprefix("-").isdecimal() and len(value) < 300:  # noqa: PLR2004
        return int(value)
    return value if type(value) is int else None
