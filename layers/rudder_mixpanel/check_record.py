"""Check what was installed into the layer against what its wheels say they hold.

Every wheel brings a RECORD: the path and the hash of each of its files. A file that changed after
it was unpacked, is missing, or came from nowhere ends the build.
"""

import csv
import hashlib
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

OWN_PACKAGE = "rudder_mixpanel"  # copied from this repository: no wheel vouches for it
LEFT_OUT = "bin"  # console scripts, which are not used in Lambda


def main(modules: Path) -> None:
    """End the build with a list of the faults, if there are any."""
    if messages := list(faults(modules)):
        sys.exit("The layer is not what its wheels say:\n" + "\n".join(messages))


def faults(modules: Path) -> Iterator[str]:
    """One line for each file that its RECORD does not vouch for."""
    recorded = dict(records(modules))
    present = set(installed(modules))
    yield from (f"missing: {path}" for path in sorted(recorded.keys() - present))
    yield from (f"unrecorded: {path}" for path in sorted(present - recorded.keys()))
    for path in sorted(recorded.keys() & present):
        if recorded[path] not in ("", digest(modules / path)):
            yield f"changed: {path}"


def records(modules: Path) -> Iterator[tuple[str, str]]:
    """The path and the hash of every file that the wheels brought; a RECORD has no hash itself."""
    for record in modules.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as rows:
            yield from (
                (path, recorded)
                for path, recorded, _ in csv.reader(rows)
                if not path.startswith(f"{LEFT_OUT}/")
            )


def installed(modules: Path) -> Iterator[str]:
    """Every file that should be in a RECORD: all but our own and the compiled ones."""
    for file in modules.rglob("*"):
        path = file.relative_to(modules)
        if file.is_file() and path.parts[0] != OWN_PACKAGE and path.parent.name != "__pycache__":
            yield path.as_posix()


def digest(file: Path) -> str:
    """A file's hash, spelt as RECORD spells it."""
    value = urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest())
    return "sha256=" + value.rstrip(b"=").decode()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
