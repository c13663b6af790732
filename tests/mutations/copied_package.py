"""A plugin of pytest: the tests use the copy of the package that COPY_OF_PACKAGE names.

They read the template beside it, if there is one.
"""

import os
from pathlib import Path

import pytest

import rudder_mixpanel
from tests.mutations.fault import TEMPLATE
from tests.template import stack


def pytest_configure() -> None:
    """Raise UsageError when the package is imported from anywhere else."""
    require_copy()
    if (template := Path(os.environ["COPY_OF_PACKAGE"]) / TEMPLATE).exists():
        stack.TEMPLATE = template


def require_copy() -> None:
    """Raise UsageError when the package is not the copy."""
    imported = Path(rudder_mixpanel.__file__).parent.parent
    if imported != Path(os.environ["COPY_OF_PACKAGE"]):
        raise pytest.UsageError(f"rudder_mixpanel is imported from {imported}")
