"""What cfn-lint says: once about what is written, once about what SAM makes of it."""

import json
from pathlib import Path
from typing import Any

from cfnlint import lint_all  # type: ignore[import-untyped]  # brings no types

ROOT = Path(__file__).parents[2]


def complaints(template: str) -> list[str]:
    """The errors and warnings that cfn-lint has about a template."""
    return [str(match) for match in lint_all(template) if match.rule.id[0] in "EW"]


def test_template_lints_clean_as_written() -> None:
    """cfn-lint finds nothing wrong in the template itself."""
    assert complaints((ROOT / "template.yaml").read_text()) == []


def test_template_lints_clean_expanded(expanded: dict[str, Any]) -> None:
    """cfn-lint finds nothing wrong inside the functions' events and policies, either."""
    assert complaints(json.dumps(expanded)) == []
