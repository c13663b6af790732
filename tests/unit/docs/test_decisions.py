"""Decision records: each has a number, a date and the same sections."""

import re
from pathlib import Path

import pytest

RECORDS = sorted((Path(__file__).parents[3] / "docs" / "decisions").glob("*.md"))
SECTIONS = [
    "Context",
    "Decision",
    "Alternatives",
    "Consequences",
    "How we would notice it was wrong",
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_has_its_number_and_a_date(record: Path) -> None:
    """The title begins with the number of the file's name, and the date follows it."""
    title, _, date, *_ = record.read_text().splitlines()
    assert title.startswith(f"# {int(record.stem[:4])}. ")
    assert re.fullmatch(r"Decided on \d{4}-\d{2}-\d{2}\.", date)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_has_the_sections(record: Path) -> None:
    """Readers find the same sections in the same order in every record."""
    assert re.findall(r"^## (.+)$", record.read_text(), re.MULTILINE) == SECTIONS


def test_numbers_are_consecutive() -> None:
    """No number is missing, and none is used twice."""
    assert [int(record.stem[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
