"""The modules that a function can import in Lambda, and no others."""

import sys
from pathlib import Path

import boto3

SITE_PACKAGES = Path(boto3.__file__).parents[1]

# Lambda's Python runtime has these modules; the layer must have all others.
RUNTIME_MODULES = (
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
    """Create a folder with links to the modules that Lambda has in /var/runtime."""
    folder.mkdir()
    for pattern in (*RUNTIME_MODULES, *RUNTIME_CLIENT):
        (module,) = SITE_PACKAGES.glob(pattern)
        (folder / module.name).symlink_to(module)
    return folder


def isolated(code: str, search: list[Path]) -> list[str]:
    """The command that runs code in a Python that finds modules only in these folders."""
    start = f"import sys; sys.path[:0] = {[str(folder) for folder in search]}; {code}"
    # No bytecode is written: the folders of a function are read-only in Lambda.
    return [sys.executable, "-I", "-S", "-B", "-c", start]
