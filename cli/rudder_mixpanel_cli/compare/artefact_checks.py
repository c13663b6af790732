"""Whether Mixpanel itself has made a difference."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from rudder_mixpanel.mapping.cuts import TEXT_BYTES, is_long
from rudder_mixpanel_cli.compare.case import Case
from rudder_mixpanel_cli.compare.differing import Mismatch, is_same
from rudder_mixpanel_cli.compare.held import FIRST_MILLISECONDS
from rudder_mixpanel_cli.compare.rudderstack import ABSENT

HOST: Final = re.compile(r"[a-z0-9.-]+")
COUNTRY_NAME: Final = "mp_country_code"
COUNTRY: Final = re.compile(r"[A-Z]{2}")
HOT_SHARD: Final = "$hotshard_events"
ORIGINAL: Final = "mp_original_"
# A time in the future becomes that of the arrival, which another property has, too.
ARRIVAL: Final = "$mp_api_timestamp_ms"
NEAR: Final = 60_000


def is_count(value: Any) -> bool:
    """Whether a value is a whole number that is not negative."""
    return type(value) is int and value >= 0


def is_milliseconds(value: Any) -> bool:
    """Whether a value is a time in milliseconds."""
    return type(value) is int and value >= FIRST_MILLISECONDS


# https://docs.mixpanel.com/docs/data-structure/property-reference/default-properties
WRITTEN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "$import": lambda value: value is True,
    "$mp_api_endpoint": lambda value: type(value) is str and bool(HOST.fullmatch(value)),
    ARRIVAL: is_milliseconds,
    "mp_processing_time_ms": is_milliseconds,
    "$mp_event_size": is_count,
}
# In place of an address, the names of its city, its region and the code of its country
LOCATIONS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "$city": lambda value: type(value) is str,
    "$region": lambda value: type(value) is str,
    COUNTRY_NAME: lambda value: type(value) is str and bool(COUNTRY.fullmatch(value)),
}


def is_written(mismatch: Mismatch, case: Case) -> bool:
    """Whether Mixpanel writes the property; on events that merge users also their distinct_id."""
    if not mismatch.is_property or mismatch.held is ABSENT:
        return False
    if mismatch.name == "distinct_id":
        return case.merges_users and mismatch.sent is ABSENT and type(mismatch.held) is str
    if mismatch.name == "$failure_reason":
        return case.merges_users and mismatch.sent is ABSENT and type(mismatch.held) is str
    check = WRITTEN.get(str(mismatch.name))
    return check is not None and check(mismatch.held)


def is_location(mismatch: Mismatch, case: Case) -> bool:
    """Whether it is an address that was sent, or the location that Mixpanel found for it."""
    if not mismatch.is_property:
        return False
    if mismatch.name == "ip":
        return mismatch.held is ABSENT
    return "ip" in case.sent_properties and is_added_location(mismatch, case)


def is_added_location(mismatch: Mismatch, case: Case) -> bool:
    """Whether it is a part of a location that was not sent; each has at least a country."""
    check = LOCATIONS.get(str(mismatch.name)) if mismatch.is_property else None
    if check is None or mismatch.sent is not ABSENT:
        return False
    return COUNTRY_NAME in case.held.properties and check(mismatch.held)


def is_cut_text(mismatch: Mismatch, _case: Case) -> bool:
    """Whether a long text was cut at its 255th character or byte."""
    return mismatch.path != ("event",) and is_cut(mismatch.held, mismatch.sent)


def is_cut_name(mismatch: Mismatch, case: Case) -> bool:
    """Whether the name of the event, or of a property that has the same value, was cut."""
    if mismatch.path == ("event",):
        return is_cut(mismatch.held, mismatch.sent)
    if not mismatch.is_property:
        return False
    held, sent = case.held.properties, case.sent_properties
    name = str(mismatch.name)
    if mismatch.held is ABSENT:
        return any(each in held and is_same(held[each], mismatch.sent) for each in cuts_of(name))
    return mismatch.sent is ABSENT and any(
        is_long(each) and name in cuts_of(each) and is_same(mismatch.held, value)
        for each, value in sent.items()
    )


def is_cut(held: Any, sent: Any) -> bool:
    """Whether a text is what is left of another one."""
    return type(held) is str and type(sent) is str and held in cuts_of(sent)


def cuts_of(text: str) -> set[str]:
    """What Mixpanel may leave of a text, by characters and by bytes; nothing of a short one."""
    if not is_long(text):
        return set()
    by_bytes = text.encode(errors="replace")[:TEXT_BYTES].decode(errors="ignore")
    return {text[:TEXT_BYTES], by_bytes} - {text}


def is_time_of_arrival(mismatch: Mismatch, case: Case) -> bool:
    """Whether a time in the future was replaced by that at which Mixpanel received it."""
    is_ahead = type(mismatch.sent) is int and mismatch.sent > case.expected.arrival
    return mismatch.path == ("properties", "time") and is_ahead and has_time_of_arrival(case)


def has_time_of_arrival(case: Case) -> bool:
    """Whether an event has the time at which Mixpanel received it, which is another property."""
    arrival = case.held.all_properties.get(ARRIVAL)
    times = case.clock.instants(case.held.properties.get("time"))
    return type(arrival) is int and any(abs(time - arrival) <= NEAR for time in times)


def is_hot_shard(mismatch: Mismatch, case: Case) -> bool:
    """Whether Mixpanel has renamed the event of a user who has too many."""
    if case.held.name != HOT_SHARD or case.sent is None:
        return False
    if mismatch.path == ("event",):
        return True
    if mismatch.path == ("properties", "distinct_id"):
        return bool(mismatch.held == "")
    originals = (case.sent["event"], case.sent_properties.get("distinct_id"))
    is_original = mismatch.is_property and str(mismatch.name).startswith(ORIGINAL)
    return is_original and mismatch.sent is ABSENT and mismatch.held in originals
