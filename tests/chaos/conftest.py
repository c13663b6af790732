"""A system for trials, with a DynamoDB whose conditional writes are atomic."""

from collections.abc import Iterator

import pytest

from sandbox.aws import local_aws
from tests.chaos.system import ChaosSystem
from tests.package.conftest import Built, built


@pytest.fixture(scope="session")
def system(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChaosSystem]:
    """A system that one trial after another uses."""
    folder = tmp_path_factory.mktemp("chaos")
    with local_aws(folder) as aws, ChaosSystem(built, aws, folder) as started:
        yield started


__all__ = ["built"]
