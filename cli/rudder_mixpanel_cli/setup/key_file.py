"""A file for new tokens and keys, which only its owner can read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rudder_mixpanel_cli.errors import UsageError


@contextmanager
def new_private_file(path: Path) -> Iterator[TextIO]:
    """Create a file with mode 0600, and remove it again if nothing is written to it.

    Raises UsageError when the file exists or cannot be created.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(f"--tokens-to {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w") as file:
            yield file
    finally:
        if not path.stat().st_size:
            path.unlink()
