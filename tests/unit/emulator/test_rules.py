"""The table of rules, its page and its tests agree."""

import re
from collections import Counter
from pathlib import Path

from mixpanel_emulator.rules import RULES, page

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "emulator.md"
IDS = {rule.id for rule in RULES}


def test_page_is_printed_from_the_table() -> None:
    """docs/emulator.md shows the rules of today: `python -m mixpanel_emulator.rules docs/emulator.md`."""
    current = PAGE.read_text()
    assert page(current) == current


def test_every_rule_has_a_test() -> None:
    """No rule is listed that is not shown to hold."""
    tests = "".join(path.read_text() for path in HERE.rglob("test_*.py"))
    assert {one.upper() for one in re.findall(r"def test_([eg]\d+)_", tests)} == IDS


def test_rules_are_listed_once() -> None:
    """An id means one rule."""
    assert max(Counter(rule.id for rule in RULES).values()) == 1


def test_code_names_only_listed_rules() -> None:
    """Whatever the code reports is in the table."""
    code = "".join(path.read_text() for path in Path(HERE.parents[2] / "emulator").rglob("*.py"))
    assert set(re.findall(r'"([EG]\d+)"', code)) == IDS
