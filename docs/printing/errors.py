"""Tables of error codes."""

from collections.abc import Iterable
from itertools import dropwhile, takewhile

from docs.printing.markdown import code, table
from rudder_mixpanel.documented import Documented
from rudder_mixpanel.errors import Code
from rudder_mixpanel.regulations.requests import ErrorCode

EVENT_HEAD = "what it means, and what to do"


def rejection_codes() -> str:
    """The codes of rejected events; in `Code`, those of kept events follow them."""
    codes: Iterable[Code] = takewhile(is_rejection, Code)
    return explanations("code", EVENT_HEAD, codes)


def kept_codes() -> str:
    """The codes of kept events."""
    codes: Iterable[Code] = dropwhile(is_rejection, Code)
    return explanations("code", EVENT_HEAD, codes)


def is_rejection(code: Code) -> bool:
    """Whether a code stands before the first one of kept events."""
    return code is not Code.WRONG_SETTINGS


def regulation_error_codes() -> str:
    """The error codes of the regulations API."""
    return explanations("code", "what it means", ErrorCode)


def explanations(name: str, explanation: str, members: Iterable[Documented]) -> str:
    """A table of documented names under two column titles."""
    return table((name, explanation), ((code(member), member.explanation) for member in members))
