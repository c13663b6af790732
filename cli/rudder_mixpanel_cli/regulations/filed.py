"""Reads a report that was filed, as JSON or as a page with its JSON inside."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import orjson

from rudder_mixpanel import __version__
from rudder_mixpanel.regulations.report.page import render_page
from rudder_mixpanel_cli.regulations.compare import Comparison


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed report: its record and, of a page, the text that a reader sees."""

    record: dict[str, Any]
    text: str | None = None


class PageParser(HTMLParser):
    """Reads a page: the text that is seen, and the hidden record."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.record: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Notice the style, and the record."""
        if ("id", "record") in attributes or tag == "style":
            self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        """Notice their end."""
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if not self.inside:
            self.seen.append(data)
        elif self.inside != "style":
            self.record.append(data)


def parse_filed(content: str) -> Filed:
    """Parse a filed report; raises ValueError when it is not one."""
    if not content.lstrip().startswith("<"):
        return Filed(parse_record(content))
    page = PageParser()
    page.feed(content)
    page.close()
    return Filed(parse_record("".join(page.record)), seen_text(page))


def parse_record(content: str) -> dict[str, Any]:
    """Parse the JSON of a report; raises ValueError when it is not one."""
    record = orjson.loads(content)
    if not is_report(record):
        raise ValueError("not a report")
    return dict(record)


def is_report(record: Any) -> bool:
    """Whether JSON has what every report has: a regulation, and a history of its deletion."""
    if not isinstance(record, dict) or not isinstance(record.get("regulation"), dict):
        return False
    deletion = record.get("deletion")
    history = deletion.get("history") if isinstance(deletion, dict) else None
    return isinstance(history, list) and all(isinstance(note, dict) for note in history)


def seen_text(page: PageParser) -> str:
    """The text that a reader of a page sees, with single blanks."""
    return " ".join("".join(f"{text} " for text in page.seen).split())


def check_page(filed: Filed, comparison: Comparison) -> None:
    """Compare the text of a filed page with its own record, from which it was made.

    Only the version that made a page knows its words.
    """
    if filed.text is None:
        return
    if filed.record.get("version") != __version__:
        comparison.not_compared.append(
            f"the words of the page: it was made by version {filed.record.get('version')}, "
            f"and this is {__version__}"
        )
    elif filed.text == text_of_record(filed.record):
        comparison.equal += 1
    else:
        comparison.contradictions.append("the words of the page are not those of its record")


def text_of_record(record: dict[str, Any]) -> str | None:
    """The text of the page that a record makes; None when it makes none."""
    try:
        return parse_filed(render_page(record)).text
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # Somebody has changed the record, so that it is not one that the API made.
        return None
