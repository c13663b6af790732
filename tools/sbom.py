"""A CycloneDX bill of materials (SBOM) of the layer: each library with version, purl and hash.

uv exports it from uv.lock, with every file that an index has for a library. Here it is reduced to
the wheels that are in the built layers, and freed of everything that changes from run to run.
"""

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from rudder_mixpanel import __version__

ROOT = Path(__file__).parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
EXPORT = "export --frozen --offline --quiet --package rudder-mixpanel --no-dev"
FORMAT = "--format cyclonedx1.5 --preview-features sbom-export"

type Json = dict[str, Any]
type Tags = frozenset[str]


class IncompleteSbom(Exception):
    """A library of a layer has no hash in uv.lock."""


def create_sbom(layers: Iterable[Path], epoch: int) -> Json:
    """Return the SBOM of built layers, dated with a Unix time.

    Raises IncompleteSbom when it would not describe each of their libraries.
    """
    sbom: Json = json.loads(run_uv())
    wheels = installed_wheels(layers)
    del sbom["serialNumber"]
    sbom["metadata"]["timestamp"] = datetime.fromtimestamp(epoch, UTC).isoformat()
    sbom["metadata"]["component"] |= {
        "version": __version__,
        "purl": f"pkg:pypi/rudder-mixpanel@{__version__}",
    }
    for component in sbom["components"]:
        keep_installed(component, wheels.pop(identity(component), []))
    if wheels:
        raise IncompleteSbom(f"not in uv.lock: {', '.join(map(' '.join, wheels))}")
    return sbom


def run_uv() -> str:
    """Return what uv exports."""
    command = [str(UV), *EXPORT.split(), *FORMAT.split()]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own
    return done.stdout


def identity(component: Json) -> tuple[str, str]:
    """Return the name and version of a component."""
    return component["name"], component["version"]


def installed_wheels(layers: Iterable[Path]) -> dict[tuple[str, str], list[Tags]]:
    """Return the tags of the wheels in the layers, by name and version."""
    wheels: dict[tuple[str, str], list[Tags]] = {}
    for layer in layers:
        for folder in sorted((layer / "python").glob("*.dist-info")):
            name, version = folder.name.removesuffix(".dist-info").split("-")
            key = name.replace("_", "-").lower(), version
            wheels.setdefault(key, []).append(tags_of(folder / "WHEEL"))
    return wheels


def tags_of(file: Path) -> Tags:
    """Return the tags in a WHEEL file."""
    lines = file.read_text().splitlines()
    return frozenset(line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: "))


def keep_installed(component: Json, wheels: list[Tags]) -> None:
    """Keep of a component's files the installed wheels, and state their hashes.

    Raises IncompleteSbom when there is none.
    """
    files = [
        file
        for file in component.get("externalReferences", [])
        if tags_in_name(file["url"].rpartition("/")[2]) in wheels
    ]
    if not files:
        raise IncompleteSbom(f"no wheel of the layer has a hash: {component['name']}")
    component["externalReferences"] = files
    component["hashes"] = [hash_ for file in files for hash_ in file["hashes"]]


def tags_in_name(file: str) -> Tags:
    """Return the tags in the name of a wheel; none in that of another file."""
    if not file.endswith(".whl"):
        return frozenset()
    parts = [part.split(".") for part in file.removesuffix(".whl").split("-")[-3:]]
    return frozenset("-".join(tag) for tag in product(*parts))
