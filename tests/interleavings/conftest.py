"""The functions as they are built, and AWS on this machine, for stories over them."""

from collections.abc import Iterator

import httpx
import pytest

from tests.interleavings.built import Town
from tests.package.conftest import Built, built
from tests.system.conftest import aws


@pytest.fixture(scope="module")
def town(built: Built, aws: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town for all stories, which are about other people each."""
    httpx.post(f"{aws}/moto-api/reset", trust_env=False)
    with Town(built, aws, tmp_path_factory.mktemp("town")) as one:
        yield one


__all__ = ["aws", "built"]
