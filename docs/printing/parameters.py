"""The table of the SAM template's parameters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # has no types

from docs.printing.markdown import code, table

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"


def template_parameters() -> str:
    """Each parameter with its default and description."""
    return table(("parameter", "default", "what it is"), parameter_rows(load(str(TEMPLATE))))


def parameter_rows(template: Any) -> Iterator[tuple[str, str, str]]:
    """The rows of a template's parameters."""
    for name, parameter in template["Parameters"].items():
        default = "empty" if parameter["Default"] == "" else code(parameter["Default"])
        yield code(name), default, " ".join(parameter["Description"].split())
