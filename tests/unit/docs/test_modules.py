"""ARCHITECTURE.md: the layers and the module map are printed from the code."""

from pathlib import Path

from cogapp import Cog  # type: ignore[import-untyped]  # has no types

from docs.printing import modules

PAGE = modules.ROOT / "ARCHITECTURE.md"


def test_page_is_printed_from_the_code() -> None:
    """ARCHITECTURE.md shows the current modules; `make docs` updates it."""
    page = PAGE.read_text()
    assert Cog().process_string(page, str(PAGE)) == page


def test_map_lists_every_module() -> None:
    """Each module of the package has a row, and so has each folder."""
    names = {cell.strip("*`") for cell, _ in modules.module_rows()}
    files = {path.relative_to(modules.PACKAGE) for path in modules.PACKAGE.rglob("*.py")}
    folders = {f"{path.parent}/" for path in files if path.name == "__init__.py"} - {"./"}
    assert names == folders | {str(path) for path in files if path.name != "__init__.py"}


def test_every_module_has_a_summary() -> None:
    """The first line of each docstring is one whole sentence."""
    assert [cell for cell, summary in modules.module_rows() if not summary.endswith(".")] == []


def test_map_follows_the_order_of_the_layers() -> None:
    """The components on the page are in the order in which they may import each other."""
    names = [cell.strip("*`") for cell, _ in modules.module_rows() if cell.startswith("**")]
    components = [name for layer in modules.layered_components() for name in layer]
    assert [name.removesuffix("/").removesuffix(".py") for name in names] == components


def test_layers_are_those_of_the_import_contract() -> None:
    """The table has one row for each layer that import-linter holds."""
    rows = modules.layers().splitlines()[2:]
    assert len(rows) == len(modules.layered_components())
    assert rows[0] == "| 1 | `deletion` |"


def test_summary_is_the_first_line(tmp_path: Path) -> None:
    """Only the first line of a docstring is on the map."""
    module = tmp_path / "module.py"
    module.write_text('"""What it does.\n\nHow it does it.\n"""\n')
    assert modules.summary(module) == "What it does."


def test_module_without_a_docstring_has_no_summary(tmp_path: Path) -> None:
    """A missing docstring leaves the cell empty."""
    module = tmp_path / "module.py"
    module.write_text("VALUE = 1\n")
    assert modules.summary(module) == ""
