"""The distribution declares the libraries that it imports."""

import re
import sys
import tomllib
from pathlib import Path

import grimp

PROJECT = Path(__file__).parents[3] / "cli" / "pyproject.toml"


def test_every_imported_library_is_declared() -> None:
    """And none is declared that is not imported."""
    graph = grimp.build_graph(
        "rudder_mixpanel_cli", include_external_packages=True, exclude_type_checking_imports=True
    )
    external = {name for name in graph.modules if graph.is_module_squashed(name)}
    project = tomllib.loads(PROJECT.read_text())["project"]
    names = [re.split("[<>=]", requirement)[0] for requirement in project["dependencies"]]
    declared = {name.replace("-", "_").removesuffix(".yaml") for name in names}
    assert external - set(sys.stdlib_module_names) == declared
