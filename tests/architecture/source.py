"""The project's own Python, read as syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
# Each package, and the folder that its imports start from.
PACKAGES = {
    "rudder_mixpanel": ROOT / "layers" / "rudder_mixpanel",
    "rudder_mixpanel_cli": ROOT / "cli",
    "mixpanel_emulator": ROOT / "emulator",
    "sandbox": ROOT,
    "benchmarks": ROOT,
    "docs": ROOT,
    "events": ROOT,
    "tests": ROOT,
    "tools": ROOT,
}


class Module(NamedTuple):
    """A module: its dotted name, its file, and its syntax tree."""

    name: str
    path: Path
    tree: ast.Module


def modules(package: str) -> list[Module]:
    """Every module of a package."""
    base = PACKAGES[package]
    return [
        Module(dotted(path.relative_to(base)), path, ast.parse(path.read_text()))
        for path in sorted((base / package).rglob("*.py"))
        if "node_modules" not in path.parts
    ]


def dotted(path: Path) -> str:
    """The name by which a file is imported."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public_names(module: Module) -> Iterator[str]:
    """The classes, functions and type aliases that a module defines for others."""
    for node in module.tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.TypeAlias(name=ast.Name(id=name)):
                yield name
            case _:
                pass


def imported(module: Module, known: set[str]) -> set[str]:
    """The modules among the known ones that a module imports, wherever in it."""
    names_found: set[str] = set()
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                names_found.update(alias.name for alias in names)
            case ast.ImportFrom(module=str(origin), names=names, level=0):
                submodules = {f"{origin}.{alias.name}" for alias in names}
                # A submodule is imported, not the package that it lies in.
                names_found |= submodules & known or {origin}
            case _:
                pass
    return (names_found & known) - {module.name}
