"""What a function finds on sys.path in Lambda, and nothing else."""

import sys
from pathlib import Path

import boto3

SITE_PACKAGES = Path(boto3.__file__).parents[1]

# Lambda's Python runtime brings these; the layer must bring the rest.
BROUGHT_BY_LAMBDA = (
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six.py",
    "urllib3",
)
RUNTIME_CLIENT = (
    "awslambdaric",
    "runtime_client.cpython-313-*.so",
    "simplejson",
    "snapshot_restore_py.py",
)


def runtime_folder(folder: Path) -> Path:
    """A folder that holds what Lambda keeps in /var/runtime, as links."""
    folder.mkdir()
    for pattern in (*BROUGHT_BY_LAMBDA, *RUNTIME_CLIENT):
        (found,) = SITE_PACKAGES.glob(pattern)
        (folder / found.name).symlink_to(found)
    return folder


def isolated(code: str, search: list[Path]) -> list[str]:
    """The command that runs code in a Python which finds modules only in these folders."""
    start = f"import sys; sys.path[:0] = {[str(folder) for folder in search]}; {code}"
    # Nothing is written: what Lambda gives a function is read-only.
    return [sys.executable, "-I", "-S", "-B", "-c", start]
