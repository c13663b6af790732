"""The distribution declares the libraries that it imports."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[3]
PROJECT = ROOT / "cli" / "pyproject.toml"
PREVIEW = ROOT / "events" / "preview"
# The command, and then which SDKs of AWS it has loaded
LOADED = """
import sys
from rudder_mixpanel_cli.command import app
app(standalone_mode=False)
print(sorted({"boto3", "botocore"} & set(sys.modules)), file=sys.stderr)
"""


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


def test_preview_of_files_loads_no_sdk() -> None:
    """It takes longer to load than everything else together."""
    files = [PREVIEW / "events.jsonl", "--destination", PREVIEW / "destination.json"]
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", LOADED, "preview", *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"
