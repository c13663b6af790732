"""Earlier revisions of this project, unpacked beside it from git."""

import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from sandbox.aws import ROOT


class UnknownRevision(Exception):
    """This copy does not have a revision; its history may be incomplete."""


def unpack_revision(revision: str, folder: Path) -> Path:
    """Unpack a revision into a new folder, which can be built without a network; return the folder.

    Raises UnknownRevision when git does not find it.
    """
    packed = run_git("archive", revision)
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    # The libraries of the layer.
    (folder / ".wheels").symlink_to(ROOT / ".wheels")
    return folder


def describe_revision(revision: str) -> str:
    """The short hash of a revision. Raises UnknownRevision when git does not find it."""
    return run_git("rev-parse", "--short", f"{revision}^{{commit}}").decode().strip()


def run_git(action: str, *arguments: str) -> bytes:
    """What git prints about a revision. Raises UnknownRevision when git does not find it."""
    git = shutil.which("git") or "git"
    answer = subprocess.run([git, action, *arguments], cwd=ROOT, capture_output=True, check=False)  # noqa: S603
    if answer.returncode:
        raise UnknownRevision(
            f"this copy has no revision {arguments[-1].removesuffix('^{commit}')}"
        )
    return answer.stdout
