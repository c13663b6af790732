"""Whether RudderStack gives an event another name."""

from typing import Final

from rudder_mixpanel.message.values import has_content, js_text
from rudder_mixpanel_cli.compare.case import Case
from rudder_mixpanel_cli.compare.differing import Mismatch
from rudder_mixpanel_cli.compare.rudderstack_names import NAMES

EVENT: Final = ("event",)


def is_page_name(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack's name of pages stands where the setting's is sent."""
    name = case.destination.page_event_name
    has_template = case.destination.page_event_template is not None
    return not has_template and is_view_name(mismatch, case, "page", name)


def is_screen_name(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack's name of screens stands where the setting's is sent."""
    name = case.destination.screen_event_name
    has_template = case.destination.screen_event_template is not None
    return not has_template and is_view_name(mismatch, case, "screen", name)


def is_view_name(mismatch: Mismatch, case: Case, kind: str, name: str) -> bool:
    """Whether a view of this kind has RudderStack's name, and this one here."""
    return mismatch == (EVENT, NAMES[kind], name) and case.message.get("type") == kind


def is_number(mismatch: Mismatch, case: Case) -> bool:
    """Whether the name of a track call is a number, which is sent as text here."""
    name = case.message.get("event")
    if isinstance(name, bool) or not isinstance(name, int | float):
        return False
    return mismatch == (EVENT, name, js_text(name)) and case.message.get("type") == "track"


def has_patterns(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack has replaced patterns of JavaScript in the name that fills a template."""
    return is_filled(mismatch, case) and "$" in str(mismatch.sent)


def has_other_name(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack has filled a template without the name in properties or `event`."""
    has_name = has_content(case.message.get("name")) or case.destination.root_names_only
    return is_filled(mismatch, case) and not has_name


def is_filled(mismatch: Mismatch, case: Case) -> bool:
    """Whether the name is exactly that which RudderStack makes of a template."""
    kind = case.message.get("type")
    page, screen = case.destination.page_event_template, case.destination.screen_event_template
    template = {"page": page, "screen": screen}.get(str(kind))
    is_name = mismatch.path == EVENT and bool(mismatch.held == case.rudderstack.name)
    return template is not None and is_name
