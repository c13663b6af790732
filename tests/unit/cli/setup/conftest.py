"""A deployed stack that is not set up yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from tests.fakes.parameter_store import nested_parameters_refused
from tests.unit.cli.setup.new_stack import CONFIG, NewStack, deploy_new_stack, write


@pytest.fixture
def new_stack() -> Iterator[NewStack]:
    """A stack with empty secrets and without a parameter, with moto as AWS."""
    with mock_aws(), nested_parameters_refused():
        yield deploy_new_stack()


@pytest.fixture
def config(tmp_path: Path) -> str:
    """An exported destination with its credentials."""
    return write(tmp_path, {"id": "2abc", "name": "Production", "type": "MP", "config": CONFIG})
