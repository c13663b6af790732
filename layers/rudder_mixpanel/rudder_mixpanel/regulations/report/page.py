"""A report as an HTML page to print and file.

The page is built as a tree: text becomes a node, and is never read as HTML, so there is no escaping
that a template or a function could forget.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

import orjson

from rudder_mixpanel.regulations.report.describe import describe_report
from rudder_mixpanel.regulations.report.document import Block, Facts, Items, Section, Table
from rudder_mixpanel.regulations.views import RegulationView

FOLDER: Final = Path(__file__).parent
# Attributes of the template: the element gets a text, or is repeated for each item.
TEXT: Final = "data-text"
EACH: Final = "data-each"


@cache
def read_style() -> str:
    """The style of pages."""
    return (FOLDER / "page.css").read_text("utf-8")


@cache
def page_headers() -> dict[str, str]:
    """The headers of a page: it is not stored, runs nothing, loads nothing and is never framed."""
    style = b64encode(sha256(read_style().encode()).digest()).decode()
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def render_page(report: RegulationView) -> str:
    """A report as a page, with its JSON in the hidden element `record`."""
    document = describe_report(report)
    page = fromstring((FOLDER / "page.html").read_text("utf-8"))  # noqa: S314 - a file of ours
    texts = {
        "title": document.title,
        "subtitle": document.subtitle,
        "outcome": document.outcome,
        "footer": f"Regulation {report['regulation']['id']}",
    }
    fill_texts(page, {name: printable(text) for name, text in texts.items()})
    fill_texts(page, {"style": read_style(), "record": orjson.dumps(report).decode()})
    for element, paragraph in repeat_element(page, "summary", document.summary):
        element.text = printable(paragraph)
    for element, section in repeat_element(page, "sections", document.sections):
        fill_section(element, section)
    return "<!doctype html>\n" + tostring(page, "unicode", method="html")


def printable(text: str) -> str:
    """A text without what could make it look like another one: control and direction characters."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def fill_texts(page: Element, texts: Mapping[str, str]) -> None:
    """Set the text of each element that names one of these texts."""
    for name, text in texts.items():
        for element in page.findall(f".//*[@{TEXT}='{name}']"):
            del element.attrib[TEXT]
            element.text = text


def repeat_element[Item](
    page: Element, name: str, items: Sequence[Item]
) -> list[tuple[Element, Item]]:
    """Repeat the element of the template with this name, once for each item."""
    [parent] = page.findall(f".//*[@{EACH}='{name}']/..")
    [pattern] = parent.findall(f"*[@{EACH}='{name}']")
    del pattern.attrib[EACH]
    place = list(parent).index(pattern)
    copies = [deepcopy(pattern) for _ in items]
    parent[place : place + 1] = copies
    return list(zip(copies, items, strict=True))


def fill_section(element: Element, section: Section) -> None:
    """Fill the element of a section: its heading, and its blocks."""
    [heading] = element
    heading.text = printable(section.heading)
    for block in section.blocks:
        add_block(element, block)


def add_block(parent: Element, block: Block) -> None:
    """Add a paragraph, facts, a table or a list."""
    match block:
        case Facts(rows):
            body = SubElement(SubElement(parent, "table", {"class": "facts"}), "tbody")
            for name, value in rows:
                row = SubElement(body, "tr")
                add_text(row, "th", name, scope="row")
                add_text(row, "td", value)
        case Table(header, rows):
            add_table(parent, header, rows)
        case Items(sentences):
            items = SubElement(parent, "ul")
            for sentence in sentences:
                add_text(items, "li", sentence)
        case _:
            add_text(parent, "p", block)


def add_table(parent: Element, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Add a table with a header, which browsers repeat on each printed page."""
    table = SubElement(parent, "table", {"class": f"columns-{len(header)}"})
    head = SubElement(SubElement(table, "thead"), "tr")
    for name in header:
        add_text(head, "th", name, scope="col")
    body = SubElement(table, "tbody")
    for cells in rows:
        row = SubElement(body, "tr")
        for cell in cells:
            add_text(row, "td", cell)


def add_text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    """Add an element with a text."""
    SubElement(parent, tag, attributes).text = printable(text)
