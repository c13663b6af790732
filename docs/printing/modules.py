"""The layers and the module map of ARCHITECTURE.md, printed from the code."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.printing.markdown import code, code_list, table

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "layers" / "rudder_mixpanel" / "rudder_mixpanel"


def layers() -> str:
    """The layers that import-linter holds, from the top down."""
    places = enumerate(layered_components(), start=1)
    rows = ((str(place), code_list(components)) for place, components in places)
    return table(("layer", "components"), rows)


def modules() -> str:
    """Each component with its modules, and the first line of their docstrings."""
    return table(("module", "what it does"), module_rows())


def module_rows() -> Iterator[tuple[str, str]]:
    """A row for each component in the order of the layers, and after it rows for its modules."""
    for name in (name for names in layered_components() for name in names):
        folder = PACKAGE / name
        if not folder.is_dir():
            yield f"**{code(f'{name}.py')}**", summary(folder.with_suffix(".py"))
            continue
        yield f"**{code(f'{name}/')}**", summary(folder / "__init__.py")
        for module in sorted(folder.rglob("*.py")):
            if module.name != "__init__.py":
                yield code(str(module.relative_to(PACKAGE))), summary(module)
            elif module.parent != folder:
                yield code(f"{module.parent.relative_to(PACKAGE)}/"), summary(module)


def layered_components() -> list[list[str]]:
    """The components of each layer; they are read from the import contract in pyproject.toml."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(
        contract
        for contract in contracts["contracts"]
        if contract["type"] == "layers" and contract["containers"] == [PACKAGE.name]
    )
    return [layer.split(" | ") for layer in contract["layers"]]


def summary(path: Path) -> str:
    """The first line of a module's docstring; it is empty when there is none."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return docstring.partition("\n")[0]
