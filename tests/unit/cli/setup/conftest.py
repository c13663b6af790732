"""A deployed stack that is not set up yet."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.unit.cli.setup.new_stack import NewStack, deploy_new_stack


@pytest.fixture
def new_stack() -> Iterator[NewStack]:
    """A stack with empty secrets and without a parameter, with moto as AWS."""
    with mock_aws():
        yield deploy_new_stack()
