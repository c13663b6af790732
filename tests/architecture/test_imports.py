"""Imports go one way."""

import tomllib
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from tests.architecture.source import PACKAGES, ROOT, imported, modules

CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of an import circle, if there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_circle(package: str) -> None:
    """No module imports itself, by whatever detour; imports inside functions count as well."""
    read = modules(package)
    known = {module.name for module in read}
    assert circle({module.name: imported(module, known) for module in read}) == []


def test_circle_is_found() -> None:
    """The check above can fail."""
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []


def test_contracts_are_few_and_short() -> None:
    """A handful of rules about folders, not lists of modules."""
    lists = [modules for contract in CONTRACTS for modules in (contract.get("source_modules", []),)]
    assert (len(CONTRACTS) <= 12, max(map(len, lists)) <= 5) == (True, True)


def test_layers_are_few() -> None:
    """The package has at most 8 layers, and each of its components is in one of them."""
    (layers,) = (
        contract["layers"]
        for contract in CONTRACTS
        if contract.get("containers") == ["rudder_mixpanel"]
    )
    components = {name for layer in layers for name in layer.split(" | ")}
    package = PACKAGES["rudder_mixpanel"] / "rudder_mixpanel"
    folders = {path.stem for path in package.iterdir() if path.stem != "__init__"}
    assert (len(layers) <= 8, components) == (True, folders - {"__pycache__", "py"})
