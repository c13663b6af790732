"""Filter patterns that find the log lines about several ids.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from collections.abc import Iterable, Iterator
from typing import Final

MAX_PATTERN: Final = 1024


def any_of(needles: Iterable[str]) -> Iterator[str]:
    """Patterns that together match every line with one of the needles, anywhere in it.

    They are regular expressions, since AWS documents for those, and not for terms, that they match
    within a word: a receipt stands between others. Needles are receipts and ids as the log shows
    them, of whose characters only the dot has a meaning there.
    """
    joined = ""
    for needle in sorted(needles):
        escaped = needle.replace(".", r"\.")
        longer = f"{joined}|{escaped}" if joined else escaped
        if joined and len(regular_expression(longer)) > MAX_PATTERN:
            yield regular_expression(joined)
            longer = escaped
        joined = longer
    if joined:
        yield regular_expression(joined)


def one_by_one(needles: Iterable[str]) -> Iterator[str]:
    """A pattern for each needle, for stand-ins of AWS that know no more than quoted text."""
    return (f'"{needle}"' for needle in sorted(needles))


def regular_expression(content: str) -> str:
    """A regular expression as a pattern has it."""
    return f"%{content}%"
