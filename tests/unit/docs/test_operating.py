"""Every code has a row in the documentation that says what to do about it."""

import re
from itertools import takewhile
from pathlib import Path

from rudder_mixpanel.delivery.metrics import MISCONFIGURED
from rudder_mixpanel.errors import Code

ROOT = Path(__file__).parents[3]
GUIDE = "".join((ROOT / "docs" / f"{page}.md").read_text() for page in ("reasons", "alarms"))
OPERATING = (ROOT / "docs" / "operating.md").read_text()
TEMPLATE = (ROOT / "template.yaml").read_text()
REJECTING = set(takewhile(lambda code: code is not Code.WRONG_SETTINGS, Code))


def section(heading: str) -> str:
    """The text under a heading, without the sections that follow."""
    _, text = re.split(rf"^#+ {heading}$", GUIDE, maxsplit=1, flags=re.MULTILINE)
    return re.split(r"^#+ ", text, maxsplit=1, flags=re.MULTILINE)[0]


def codes_in(heading: str) -> set[Code]:
    """The codes in the first column of a section's table; `…` ends the beginning of several."""
    column = "".join(re.findall(r"^\|([^|]*)\|", section(heading), re.MULTILINE))
    names = re.findall(r"`([A-Z_]+)(…?)`", column)
    return {
        code
        for code in Code
        for name, more in names
        if (code.startswith(name) if more else code == name)
    }


def test_every_rejection_has_a_row_about_replaying() -> None:
    """Whatever is in the rejected queue, somebody must decide about it."""
    assert codes_in("Replaying events") == REJECTING


def test_every_reason_to_keep_has_a_row() -> None:
    """The alarm for kept events has this table."""
    assert codes_in("Kept events") == set(Code) - REJECTING


def test_every_configuration_error_has_a_row() -> None:
    """The alarm for configuration errors fires for these codes."""
    assert codes_in("Configuration errors") == MISCONFIGURED


def test_every_saved_query_has_a_row() -> None:
    """Whoever looks for an answer in the log finds the query that gives it."""
    names = re.findall(r"Name: !Sub rudder-mixpanel/\$\{AWS::StackName\}/(.+)", TEMPLATE)
    rows = re.findall(r"^\| \*(.+?)\* \|", OPERATING, re.MULTILINE)
    assert sorted(rows) == sorted(names)
