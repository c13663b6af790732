"""The table of rules, its documentation and its tests agree."""

import re
from collections import Counter
from pathlib import Path

from docs.printing.emulator import print_rules
from mixpanel_emulator.rules.table import RULES

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
IDS = {rule.id for rule in RULES}


def test_page_is_printed_from_the_table() -> None:
    """docs/emulator.md shows the current rules; `make docs` prints them."""
    assert print_rules() in (ROOT / "docs" / "emulator.md").read_text()


def test_every_rule_has_a_test() -> None:
    """Every rule of the table has a test that shows it."""
    tests = "".join(path.read_text() for path in HERE.rglob("test_*.py"))
    names = re.findall(r"def test_([egx]\d+)_", tests)
    assert {name.upper() for name in names} == IDS


def test_rules_are_listed_once() -> None:
    """An id belongs to one rule."""
    assert max(Counter(rule.id for rule in RULES).values()) == 1


def test_code_names_only_listed_rules() -> None:
    """Every rule that the code reports is in the table, and vice versa."""
    code = "".join(path.read_text() for path in (ROOT / "emulator").rglob("*.py"))
    assert set(re.findall(r'"([EGX]\d+)"', code)) == IDS
