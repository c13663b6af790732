"""The parts of a document: plain text in headings, paragraphs, lists and tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, in two columns."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences."""

    sentences: tuple[str, ...]


type Block = str | Facts | Table | Items


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under its own heading."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document; `outcome` and `summary` say on its first page what the rest shows."""

    title: str
    subtitle: str
    outcome: str
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
