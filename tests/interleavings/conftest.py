"""The built functions and AWS on this machine, for scenarios over them."""

from collections.abc import Iterator

import httpx
import pytest

from tests.interleavings.built_system import BuiltSystem
from tests.package.conftest import Built, built
from tests.system.conftest import aws


@pytest.fixture(scope="module")
def system(
    built: Built, aws: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltSystem]:
    """A system for all scenarios, each of which is about users of its own."""
    httpx.post(f"{aws}/moto-api/reset", trust_env=False)
    with BuiltSystem(built, aws, tmp_path_factory.mktemp("system")) as started:
        yield started


__all__ = ["aws", "built"]
