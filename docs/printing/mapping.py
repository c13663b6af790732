"""The tables of docs/mapping.md, printed from what the code maps by."""

from collections.abc import Iterable
from itertools import takewhile

from docs.printing.differences import DIFFERENCES
from rudder_mixpanel.destination.settings import SETTINGS
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping.tables import UTM_PROPERTIES, Row


def properties(rows: Iterable[Row]) -> str:
    """A mapping table: Mixpanel's property, and where RudderStack keeps it."""
    return table(
        ("Mixpanel property", "RudderStack, best first"),
        ((code(row.name), sources_of(row)) for row in rows),
    )


def sources_of(row: Row) -> str:
    """Where a row's property comes from; `address.city` may be two keys or one with a dot in it."""
    sources = listed(dict.fromkeys(".".join(source) for source in row.sources))
    return f"{sources}, as text" if row.as_text else sources


def campaign() -> str:
    """The campaign's fields as properties."""
    named = [(code(f"context.campaign.{key}"), code(one)) for key, one in UTM_PROPERTIES.items()]
    rest = ("`context.campaign.`*key*", "`utm_`*key*")
    return table(("RudderStack", "Mixpanel property"), [*named, rest])


def settings(*, used: bool) -> str:
    """The settings that this project uses, or those that it accepts and ignores."""
    chosen = [one for one in SETTINGS if one.used is used]
    if not used:
        return listed(one.name for one in chosen)
    return table(
        ("setting", "for the Rudder CLI", "allowed", "default", "what it does"),
        (
            (
                code(one.name),
                code(one.cli_name) if one.cli_name else "",
                one.allowed,
                one.default_text,
                one.explanation,
            )
            for one in chosen
        ),
    )


def rejections() -> str:
    """Why an event may never be delivered; the codes after these keep it on the queue."""
    rejecting = takewhile(lambda one: one is not Code.WRONG_SETTINGS, Code)
    return table(
        ("code", "what it means, and what to do"),
        ((code(one), one.explanation) for one in rejecting),
    )


def differences() -> str:
    """What RudderStack's own destination does in another way."""
    return table(
        ("topic", "RudderStack", "here", "why", "settings"),
        (
            (one.topic, one.rudderstack, one.ours, one.why, listed(one.settings))
            for one in DIFFERENCES
        ),
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return "\n".join(line(cells) for cells in (head, ("---",) * len(head), *rows))


def line(cells: tuple[str, ...]) -> str:
    """A line of a table; what would end a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def listed(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(code(name) for name in names)


def code(name: str) -> str:
    """A name as code."""
    return f"`{name}`"
