"""Whether RudderStack sends an event that this stack rejects or filters."""

from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.times import milliseconds
from rudder_mixpanel.message.values import as_object, js_text, truthy
from rudder_mixpanel_cli.compare.absence_checks import OLDEST
from rudder_mixpanel_cli.compare.case import Case
from rudder_mixpanel_cli.compare.differing import is_same
from rudder_mixpanel_cli.compare.rudderstack import ABSENT


def has_user_of_rudderstack(case: Case) -> bool:
    """Whether Mixpanel has exactly the user that RudderStack sends; without an id, any or none."""
    distinct_id = case.rudderstack.distinct_id
    held = case.held.properties.get("distinct_id", ABSENT)
    return is_same(held, distinct_id) or (distinct_id is ABSENT and held in (ABSENT, ""))


def has_no_name(case: Case) -> bool:
    """Whether RudderStack sends a track call without a name."""
    name = case.held.name
    is_blank = name is None or (isinstance(name, str) and not name.strip())
    return case.expected.code is Code.MISSING_EVENT_NAME and is_blank


def has_reserved_name(case: Case) -> bool:
    """Whether RudderStack sends an event under a name by which Mixpanel merges users."""
    is_name = case.held.name == case.rudderstack.name
    return case.expected.code is Code.RESERVED_EVENT_NAME and bool(is_name)


def has_placeholder_alone(case: Case) -> bool:
    """Whether RudderStack sends a placeholder as the only id."""
    is_missing = case.expected.code is Code.MISSING_IDENTITY
    values = (case.message.get(name) for name in ("userId", "anonymousId"))
    has_one = any(truthy(value) and usable_id(value) is None for value in values)
    return is_missing and has_one and has_user_of_rudderstack(case)


def has_no_id(case: Case) -> bool:
    """Whether RudderStack sends an event without an id."""
    return case.expected.code is Code.MISSING_IDENTITY and has_user_of_rudderstack(case)


def has_long_id(case: Case) -> bool:
    """Whether RudderStack sends an id that is too long, of which Mixpanel may cut the end."""
    held, sent = case.held.properties.get("distinct_id"), case.rudderstack.distinct_id
    is_beginning = isinstance(held, str) and held != "" and js_text(sent).startswith(held)
    return case.expected.code is Code.ID_TOO_LONG and is_beginning


def is_within_rudderstacks_limit(case: Case) -> bool:
    """Whether an event is too old here and not in RudderStack, and has RudderStack's time."""
    time = milliseconds(case.message.get("timestamp"))
    is_accepted = time is None or case.expected.arrival - time <= OLDEST
    return case.expected.code is Code.TOO_OLD and is_accepted and has_time_of_rudderstack(case)


def is_in_future(case: Case) -> bool:
    """Whether RudderStack sends a time that is too far ahead."""
    return case.expected.code is Code.IN_FUTURE and has_time_of_rudderstack(case)


def has_time_of_rudderstack(case: Case) -> bool:
    """Whether Mixpanel has exactly the time that RudderStack sends."""
    return case.clock.is_same(case.held.properties.get("time"), case.rudderstack.time)


def is_ignored(case: Case) -> bool:
    """Whether the event has `$ignore`."""
    return case.expected.code is Code.IGNORED


def is_too_deep(case: Case) -> bool:
    """Whether the event is nested too deeply."""
    return case.expected.code is Code.TOO_DEEP


def has_invalid_setting(case: Case) -> bool:
    """Whether the event has a value that its dynamic setting does not allow."""
    return case.expected.code is Code.INVALID_SETTING


def is_listed(case: Case) -> bool:
    """Whether a list of events filters it, as RudderStack does only in device mode."""
    return case.expected.filtered.startswith("the event is ")


def has_unreadable_consents(case: Case) -> bool:
    """Whether RudderStack reads a list of denied consents only up to what is not text."""
    management = as_object(case.context.get("consentManagement"))
    denied = management.get("deniedConsentIds")
    is_mixed = isinstance(denied, list) and any(not isinstance(each, str) for each in denied)
    return case.expected.filtered.startswith("consent denied") and is_mixed
