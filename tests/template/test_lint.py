"""cfn-lint checks the template as written, and as SAM expands it."""

import json
from pathlib import Path
from typing import Any

from cfnlint import lint_all  # type: ignore[import-untyped]  # has no types

ROOT = Path(__file__).parents[2]


def findings(template: str) -> list[str]:
    """The errors and warnings of cfn-lint for a template."""
    return [str(match) for match in lint_all(template) if match.rule.id[0] in "EW"]


def test_template_lints_clean_as_written() -> None:
    """cfn-lint finds nothing wrong in the template itself."""
    assert findings((ROOT / "template.yaml").read_text()) == []


def test_template_lints_clean_expanded(expanded: dict[str, Any]) -> None:
    """cfn-lint finds nothing wrong in the events and policies of the functions either."""
    assert findings(json.dumps(expanded)) == []
