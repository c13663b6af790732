"""cfn-lint checks the template as written, as SAM expands it, and as parameters decide it."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint import lint, lint_all  # type: ignore[import-untyped]  # has no types
from cfnlint.core import get_rules  # type: ignore[import-untyped]  # has no types

from tests.template.adoption import ADOPTED, EVERYTHING
from tests.template.references import referenced
from tests.template.stack import Stack

ROOT = Path(__file__).parents[2]


def problems(matches: list[Any]) -> list[str]:
    """The errors and warnings among what cfn-lint found."""
    return [str(match) for match in matches if match.rule.id[0] in "EW"]


def findings(template: str) -> list[str]:
    """The errors and warnings of cfn-lint in one region: in all, it solves each `!If` for each."""
    return problems(lint(template, get_rules([], [], []), ["us-east-1"]))


def test_template_lints_clean_as_written() -> None:
    """cfn-lint finds nothing wrong in the template itself."""
    assert findings((ROOT / "template.yaml").read_text()) == []


def test_template_lints_clean_expanded(expanded: dict[str, Any]) -> None:
    """cfn-lint finds nothing wrong in the events and policies of the functions either."""
    assert findings(json.dumps(expanded)) == []


@pytest.mark.parametrize("parameters", [{}, EVERYTHING, EVERYTHING | ADOPTED])
def test_template_lints_clean_in_all_regions(
    expanded: dict[str, Any], parameters: dict[str, str]
) -> None:
    """Whatever is created, with the least, the most, and with everything adopted."""
    stack = Stack(expanded, parameters)
    resources = {
        name: {key: value for key, value in resource.items() if key != "Condition"}
        for name, resource in stack.resources.items()
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": resources,
        "Parameters": {
            name: expanded["Parameters"][name] | default_of(parameters, name)
            for name in referenced(resources) & expanded["Parameters"].keys()
        },
    }
    assert problems(lint_all(json.dumps(template))) == []


def default_of(parameters: dict[str, str], name: str) -> dict[str, str]:
    """A given value, as a parameter's default: by this, cfn-lint knows it."""
    return {"Default": parameters[name]} if name in parameters else {}
