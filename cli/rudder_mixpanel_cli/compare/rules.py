"""The explanations of differences, each with a check of the values that it explains.

A check is narrow: it holds only for exactly what RudderStack's code sends, or Mixpanel makes of an
event. Everything else stays unexplained.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from rudder_mixpanel_cli.compare import (
    absence_checks,
    artefact_checks,
    identity_checks,
    name_checks,
    presence_checks,
    value_checks,
)
from rudder_mixpanel_cli.compare.artefacts import ARTEFACTS, Artefact
from rudder_mixpanel_cli.compare.case import Case
from rudder_mixpanel_cli.compare.differing import Mismatch
from rudder_mixpanel_cli.compare.expected import Expected
from rudder_mixpanel_cli.differences.choice import DIFFERENCES
from rudder_mixpanel_cli.differences.difference import Difference

type Explanation = Artefact | Difference


class MismatchRule(NamedTuple):
    """Explains a value that differs."""

    key: str
    check: Callable[[Mismatch, Case], bool]


class AbsenceRule(NamedTuple):
    """Explains that Mixpanel does not have an event that this stack sends."""

    key: str
    check: Callable[[Expected, int], bool]


class PresenceRule(NamedTuple):
    """Explains that Mixpanel has an event that this stack does not send."""

    key: str
    check: Callable[[Case], bool]


OF_MISMATCHES: Final = (
    MismatchRule("written-by-mixpanel", artefact_checks.is_written),
    MismatchRule("address", artefact_checks.is_location),
    MismatchRule("cut-text", artefact_checks.is_cut_text),
    MismatchRule("cut-name", artefact_checks.is_cut_name),
    MismatchRule("future-time", artefact_checks.is_time_of_arrival),
    MismatchRule("hot-shard", artefact_checks.is_hot_shard),
    MismatchRule("page-name", name_checks.is_page_name),
    MismatchRule("screen-name", name_checks.is_screen_name),
    MismatchRule("number-as-name", name_checks.is_number),
    MismatchRule("template-patterns", name_checks.has_patterns),
    MismatchRule("name-in-template", name_checks.has_other_name),
    MismatchRule("placeholder-ids", identity_checks.is_placeholder),
    MismatchRule("device-prefix", identity_checks.has_double_prefix),
    MismatchRule("number-text", identity_checks.is_other_number_text),
    MismatchRule("ids-as-text", identity_checks.is_number),
    MismatchRule("insert-id", identity_checks.is_insert_id),
    MismatchRule("identity-events", identity_checks.is_field_of_identity_event),
    MismatchRule("group-keys-on-events", identity_checks.is_added_group),
    MismatchRule("year-as-time", value_checks.is_year_as_time),
    MismatchRule("lists-of-addresses", value_checks.is_address_of_list),
    MismatchRule("request-ip", value_checks.is_address_of_request),
    MismatchRule("location", value_checks.is_location_of_data_center),
    MismatchRule("browsers", value_checks.is_unknown_browser),
    MismatchRule("large-numbers", value_checks.is_rounded),
)
OF_ABSENCES: Final = (
    AbsenceRule("product-events", absence_checks.is_product),
    AbsenceRule("insert-id", absence_checks.has_refused_message_id),
    AbsenceRule("number-as-name", absence_checks.has_number_as_name),
    AbsenceRule("placeholder-ids", absence_checks.has_placeholder),
    AbsenceRule("time-as-number", absence_checks.has_time_as_number),
    AbsenceRule("age-limit", absence_checks.is_too_old),
    AbsenceRule("missing-time", absence_checks.has_no_time),
    AbsenceRule("keys-without-value", absence_checks.has_too_many_keys),
)
OF_PRESENCES: Final = (
    PresenceRule("track-without-name", presence_checks.has_no_name),
    PresenceRule("reserved-names", presence_checks.has_reserved_name),
    PresenceRule("placeholder-ids", presence_checks.has_placeholder_alone),
    PresenceRule("no-id", presence_checks.has_no_id),
    PresenceRule("long-ids", presence_checks.has_long_id),
    PresenceRule("age-limit", presence_checks.is_within_rudderstacks_limit),
    PresenceRule("future", presence_checks.is_in_future),
    PresenceRule("ignored-events", presence_checks.is_ignored),
    PresenceRule("limits", presence_checks.is_too_deep),
    PresenceRule("dynamic-settings", presence_checks.has_invalid_setting),
    PresenceRule("event-lists", presence_checks.is_listed),
    PresenceRule("denied-consents", presence_checks.has_unreadable_consents),
)
# The key of what nothing explains
UNEXPLAINED: Final = ""
EXPLANATIONS: Final[dict[str, Explanation]] = {
    each.key: each for each in (*ARTEFACTS, *DIFFERENCES)
}


def explain_mismatch(mismatch: Mismatch, case: Case) -> str:
    """The key of what explains a value that differs."""
    keys = (rule.key for rule in OF_MISMATCHES if rule.check(mismatch, case))
    return next(keys, UNEXPLAINED)


def explain_absence(expected: Expected, position: int) -> str:
    """The key of what explains that Mixpanel does not have an event that this stack sends."""
    keys = (rule.key for rule in OF_ABSENCES if rule.check(expected, position))
    return next(keys, UNEXPLAINED)


def explain_presence(case: Case) -> str:
    """The key of what explains that Mixpanel has an event that this stack does not send."""
    keys = (rule.key for rule in OF_PRESENCES if rule.check(case))
    return next(keys, UNEXPLAINED)
