"""CHANGELOG.md and docs/upgrading.md tell of the version that is here."""

import re
from pathlib import Path

from rudder_mixpanel import __version__

ROOT = Path(__file__).parents[3]


def test_changelog_begins_with_this_version() -> None:
    """A release has its date; what is developed is not released."""
    newest = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
    released, development, _ = __version__.partition(".dev")
    expected = rf"Unreleased \({released}\)" if development else rf"{released} - \d{{4}}-\d\d-\d\d"
    assert re.fullmatch(expected, newest)


def test_upgrading_says_what_this_version_changes() -> None:
    """In a section of its own, before those of earlier versions."""
    page = (ROOT / "docs" / "upgrading.md").read_text()
    _, _, changes = page.partition("## What a release changes")
    assert re.findall(r"^### (.*)$", changes, re.MULTILINE)[0] == __version__.partition(".dev")[0]
