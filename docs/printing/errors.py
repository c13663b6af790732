"""Tables of error codes."""

from collections.abc import Iterable
from itertools import takewhile

from docs.printing.markdown import code, table
from rudder_mixpanel.documented import Documented
from rudder_mixpanel.errors import Code
from rudder_mixpanel.regulations.requests import ErrorCode

EVENT_HEAD = "what it means, and what to do"


def event_codes() -> str:
    """All codes of events: rejected ones and kept ones."""
    return explanations("code", EVENT_HEAD, Code)


def rejection_codes() -> str:
    """The codes of rejected events; in `Code`, those of kept events follow them."""
    rejecting = takewhile(lambda member: member is not Code.WRONG_SETTINGS, Code)
    return explanations("code", EVENT_HEAD, rejecting)


def regulation_error_codes() -> str:
    """The error codes of the regulations API."""
    return explanations("code", "what it means", ErrorCode)


def explanations(name: str, explanation: str, members: Iterable[Documented]) -> str:
    """A table of documented names under two column titles."""
    return table((name, explanation), ((code(member), member.explanation) for member in members))
