"""A plugin of pytest: the tests import the copy of the package that COPY_OF_PACKAGE names."""

import os
from pathlib import Path

import pytest

import rudder_mixpanel


def pytest_configure() -> None:
    """Raise UsageError when the package is imported from anywhere else."""
    require_copy()


def require_copy() -> None:
    """Raise UsageError when the package is not the copy."""
    imported = Path(rudder_mixpanel.__file__).parent.parent
    if imported != Path(os.environ["COPY_OF_PACKAGE"]):
        raise pytest.UsageError(f"rudder_mixpanel is imported from {imported}")
