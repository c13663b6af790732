"""Every code has a row in the documentation that says what to do about it."""

import re
from itertools import takewhile
from pathlib import Path

from rudder_mixpanel.delivery.metrics import MISCONFIGURED
from rudder_mixpanel.errors import Code

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "reasons.md").read_text() + (DOCS / "alarms.md").read_text()
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
