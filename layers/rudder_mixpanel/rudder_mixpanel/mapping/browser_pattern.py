"""One browser's pattern: what its user agents look like, and its name and version in them.

Patterns are written for lower-case text, which is searched much faster than text of both cases.
What they find is read from the user agent as it was sent.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

# What stands for what in a pattern. FIRST tries only the first place in a line: if the rest of the
# pattern does not match after it, it matches after no later one, and a search stays short.
ABBREVIATIONS: Final = {
    "(NAME:": "(?P<name>",
    "(FIRST:": "^(?>.*?",
    "VERSION": r"(?P<version>[\w.]+)",
    "REVISION": r"(?P<version>[-\w.]+)",
    "NUMBER": r"(?P<version>[\d.]+)",
}


@dataclass(frozen=True, eq=False, repr=False)
class BrowserPattern:
    """A browser's name, a pattern of its user agents, and words of which each of them has one."""

    # `{}` stands for the name that the user agent has.
    name: str
    abbreviated: str
    words: tuple[str, ...]
    # What the parser makes of the version in the user agent.
    read_version: Callable[[str], str] = str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled pattern; compiled when it is first used, which keeps cold starts short."""
        pattern = self.abbreviated
        for short, long in ABBREVIATIONS.items():
            pattern = pattern.replace(short, long)
        return re.compile(pattern, re.ASCII | re.MULTILINE)

    def search(self, user_agent: str, lower_case: str) -> tuple[str, str] | None:
        """The browser's name and its version, which may be empty; None for other browsers."""
        match = self.pattern.search(lower_case)
        if match is None:
            return None
        name = self.name.format(span_of("name", match, user_agent))
        return name, self.read_version(span_of("version", match, user_agent))


def span_of(group: str, match: re.Match[str], user_agent: str) -> str:
    """What a group matched, in the case of the user agent; empty if it matched nothing."""
    start, end = match.span(group) if group in match.re.groupindex else (0, 0)
    return user_agent[start:end]


def browser(
    name: str, pattern: str, *words: str, read: Callable[[str], str] = str
) -> BrowserPattern:
    """A browser with a name of its own, or with the part of the user agent that `{}` stands for."""
    return BrowserPattern(name, pattern, words, read)


def any_of(
    names: str, rest: str, name: str = "{}", read: Callable[[str], str] = str
) -> BrowserPattern:
    """Browsers whose names are in their user agents, each followed by the same pattern."""
    return browser(name, f"(NAME:{names}){rest}", *names.split("|"), read=read)
