"""Every page of the documentation shows the tables that the code prints today."""

from pathlib import Path

import pytest
from cogapp import Cog  # type: ignore[import-untyped]  # has no types

DOCS = Path(__file__).parents[3] / "docs"
PAGES = sorted(page.name for page in DOCS.glob("*.md") if "[[[cog" in page.read_text())


@pytest.mark.parametrize("name", PAGES)
def test_page_is_printed_from_the_code(name: str) -> None:
    """`make docs` prints it again."""
    page = DOCS / name
    text = page.read_text()
    assert Cog().process_string(text, str(page)) == text


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_code_but_calls(name: str) -> None:
    """What prints a table is in docs/printing, where it is tested."""
    blocks = [part.split("]]]")[0] for part in (DOCS / name).read_text().split("[[[cog\n")[1:]]
    lines = [line for block in blocks for line in block.splitlines() if line]
    assert [line for line in lines if not line.startswith(("from ", "cog.out"))] == []
