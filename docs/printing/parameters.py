"""The tables of the SAM template's parameters, one for each group."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # has no types

from docs.printing.markdown import code, table

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
HEAD: Final = ("parameter", "default", "what it is")


def template_parameters() -> str:
    """Each group under its name, and each of its parameters with its default and description."""
    template = load(str(TEMPLATE))
    return "\n\n".join(
        f"**{name}**\n\n{table(HEAD, parameter_rows(template, names))}"
        for name, names in parameter_groups(template)
    )


def parameter_groups(template: Any) -> Iterator[tuple[str, list[str]]]:
    """The groups of a template's parameters that are not empty, as the console shows them."""
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        if group["Parameters"]:
            yield group["Label"]["default"], group["Parameters"]


def parameter_rows(template: Any, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The rows of a template's parameters with these names."""
    for name in names:
        parameter = template["Parameters"][name]
        default = "empty" if parameter["Default"] == "" else code(parameter["Default"])
        yield code(name), default, " ".join(parameter["Description"].split())
