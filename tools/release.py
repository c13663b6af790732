"""`make release`: everything that a release consists of, in dist/, the same bytes at each run.

Three wheels; the SAM application for each architecture, built and ready for `sam deploy`; an SBOM
of the layer; SHA256SUMS.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from samcli.yamlhelper import yaml_dump, yaml_parse  # type: ignore[import-untyped]  # brings no types

from rudder_mixpanel import __version__
from tools.sbom import IncompleteSbom, create_sbom

ROOT = Path(__file__).parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
DISTRIBUTIONS = ("layers/rudder_mixpanel", "cli", "emulator")
LAYER = ROOT / "layers" / "rudder_mixpanel"
LAYER_ID = "RudderMixpanelLayer"
ARCHITECTURES = ("arm64", "x86_64")
NAME = f"rudder-mixpanel-{__version__}"


class ReleaseFailed(Exception):
    """A part of the release could not be built; the message has the output of what failed."""


def release(target: Path) -> list[str]:
    """Build all files into an empty folder; return their names.

    Raises ReleaseFailed or IncompleteSbom when one cannot be built.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    epoch = release_epoch()
    build_wheels(target, epoch)
    with TemporaryDirectory() as folder:
        layers = {name: build_layer(Path(folder) / name, name) for name in ARCHITECTURES}
        for architecture, layer in layers.items():
            package_application(target, layer, architecture, epoch)
        sbom = create_sbom(layers.values(), epoch)
    (target / f"{NAME}.cdx.json").write_text(f"{json.dumps(sbom, indent=2)}\n")
    return write_sums(target)


def release_epoch() -> int:
    """Return the Unix time of all files: SOURCE_DATE_EPOCH, or that of the last commit.

    Raises ReleaseFailed when there is neither.
    """
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(epoch)
    return int(run(["git", "log", "-1", "--format=%ct"]))


def build_wheels(target: Path, epoch: int) -> None:
    """Build the wheels of the three distributions, without a network."""
    options = ["--wheel", "--offline", "--no-build-isolation", "--no-create-gitignore"]
    for folder in DISTRIBUTIONS:
        command = [str(UV), "build", *options, "--python", sys.executable, "--out-dir", str(target)]
        run([*command, str(ROOT / folder)], SOURCE_DATE_EPOCH=str(epoch))


def build_layer(folder: Path, architecture: str) -> Path:
    """Build the layer for an architecture, as `sam build` does; return the folder."""
    target = ["build-RudderMixpanelLayer", f"ARTIFACTS_DIR={folder}"]
    place = LAYER / "platforms" / architecture
    run(["make", "--directory", str(place), "--makefile", str(LAYER / "Makefile"), *target])
    return folder


def package_application(target: Path, layer: Path, architecture: str, epoch: int) -> None:
    """Write the zip of the built application for an architecture."""
    contents = {"template.yaml": packaged_template(architecture).encode()}
    contents |= files_of(ROOT / "functions", "functions", "*/*.py")
    contents |= files_of(layer, LAYER_ID, "**/*")
    contents["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    write_zip(target / f"{NAME}-sam-{architecture}.zip", contents, epoch)


def packaged_template(architecture: str) -> str:
    """Return the template for the built layer, which allows its architecture only."""
    template: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    parameter, resources = template["Parameters"]["Architecture"], template["Resources"]
    parameter |= {"Default": architecture, "AllowedValues": [architecture]}
    resources[LAYER_ID]["Properties"]["ContentUri"] = LAYER_ID
    for resource in resources.values():
        if resource["Type"].startswith("AWS::Serverless::"):
            resource.pop("Metadata", None)  # how to build it
    return str(yaml_dump(template))


def files_of(folder: Path, prefix: str, pattern: str) -> dict[str, bytes]:
    """Return the content of the files in a folder, by their paths in the zip."""
    return {
        f"{prefix}/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for file in folder.glob(pattern)
        if file.is_file()
    }


def write_zip(path: Path, contents: dict[str, bytes], epoch: int) -> None:
    """Write a zip whose bytes depend on its contents only."""
    date = datetime.fromtimestamp(epoch, UTC).timetuple()[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, date)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def write_sums(target: Path) -> list[str]:
    """Write SHA256SUMS of all files, as `sha256sum --check` reads it; return their names."""
    files = sorted(target.iterdir())
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (target / "SHA256SUMS").write_text("".join(lines))
    return [*(file.name for file in files), "SHA256SUMS"]


def run(command: list[str], **variables: str) -> str:
    """Run a command and return its output; raises ReleaseFailed when it fails."""
    done = subprocess.run(  # noqa: S603 - our own
        command,
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseFailed(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> int:
    """Build a release into the folder of the first argument, and list it."""
    target = Path(sys.argv[1])
    try:
        for name in release(target):
            sys.stdout.write(f"{target / name}\n")
        warn_about_changes()
    except (ReleaseFailed, IncompleteSbom) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def warn_about_changes() -> None:
    """Warn when the release has more than the commit that dates it."""
    if "SOURCE_DATE_EPOCH" not in os.environ and run(["git", "status", "--porcelain"]):
        sys.stderr.write("Warning: the working tree has changes that are not committed.\n")


if __name__ == "__main__":
    sys.exit(main())
