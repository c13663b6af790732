"""Filter patterns of CloudWatch Logs: terms and regular expressions, for lines without fields.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable
from typing import Final

MAX_PATTERN: Final = 1024
# Letters, digits and these symbols and operators; neither parentheses nor multi-byte characters.
LEGAL_REGEX: Final = re.compile(r"[A-Za-z0-9:_#=@/;,^$?\[\]{}|\\*+. -]+")
TERM: Final = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>[^"]*)"|(?P<word>\w+))(?:\s+|$)')

type Matches = Callable[[str], bool]


class InvalidPattern(Exception):
    """AWS rejects the pattern, or this stand-in does not know its kind."""


def compile_pattern(pattern: str) -> Matches:
    """A test for lines; raises InvalidPattern."""
    pattern = pattern.strip()
    if len(pattern) > MAX_PATTERN:
        raise InvalidPattern(f"longer than {MAX_PATTERN} characters")
    if pattern.startswith(("{", "[")):
        raise InvalidPattern("patterns of fields are not known to this stand-in")
    if pattern.startswith("%"):
        return compile_regex(pattern)
    return compile_terms(pattern)


def compile_regex(pattern: str) -> Matches:
    """A regular expression between percent signs, which matches anywhere in a line."""
    content = pattern[1:-1]
    if len(pattern) < len("%a%") or not pattern.endswith("%") or not LEGAL_REGEX.fullmatch(content):
        raise InvalidPattern("not a regular expression of the supported characters")
    try:
        expression = re.compile(content)
    except re.error as error:
        raise InvalidPattern(str(error)) from None
    return lambda line: expression.search(line) is not None


def compile_terms(pattern: str) -> Matches:
    """Terms: all of them, any of those with `?`, none of those with `-`.

    A term is found as a word or a phrase. That a part of a word is found, too, is documented for
    regular expressions alone.
    """
    terms: dict[str, list[re.Pattern[str]]] = {"": [], "?": [], "-": []}
    position = 0
    while position < len(pattern):
        match = TERM.match(pattern, position)
        if match is None:
            raise InvalidPattern("terms with other characters than letters and digits need quotes")
        terms[match["sign"]].append(word_pattern(match["phrase"] or match["word"] or ""))
        position = match.end()
    # Optional terms beside others are ignored.
    optional = [] if terms[""] or terms["-"] else terms["?"]
    return lambda line: (
        all(term.search(line) for term in terms[""])
        and (not optional or any(term.search(line) for term in optional))
        and not any(term.search(line) for term in terms["-"])
    )


def word_pattern(phrase: str) -> re.Pattern[str]:
    """A phrase that neither begins nor ends within a word."""
    return re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(phrase)}(?![A-Za-z0-9_-])")
