"""AWS in memory, a time that stands still, and a folder of its own for each test."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from moto import mock_aws

from rudder_mixpanel_cli.backfill import actions, run
from tests.unit.cli.backfill.stack_to_backfill import NOW, deploy


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the command runs; it is the first of January 2027."""
    monkeypatch.chdir(tmp_path)
    for module in (actions, run):
        monkeypatch.setattr(module, "current_time", lambda: datetime.fromisoformat(NOW))
    return tmp_path


@pytest.fixture
def aws() -> Iterator[None]:
    """AWS without a stack."""
    with mock_aws():
        yield


@pytest.fixture
def stack(aws: None) -> None:
    """A deployed stack."""
    deploy()
