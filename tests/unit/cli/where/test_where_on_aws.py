"""`where` and `send` with moto as AWS: their calls meet the permissions of who runs them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from typer.testing import CliRunner

from rudder_mixpanel_cli.command import app
from tests.fakes.moto_stack import deploy_stack
from tests.unit.cli.where.stack_with_log import EVENT, ID


@pytest.fixture(autouse=True)
def deployed() -> Iterator[None]:
    """A stack in which nothing has happened."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        deploy_stack("prod", EventBusName="default")
        yield


def test_unknown_event_is_searched_everywhere() -> None:
    """In the log and in every queue."""
    done = CliRunner().invoke(app, ["where", ID, "--stack", "prod", "--since", "1h"])
    assert (done.exit_code, ID in done.stdout) == (3, True)


def test_event_that_was_sent_is_on_the_queue(tmp_path: Path) -> None:
    """Nobody takes it from there."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT))
    sent = CliRunner().invoke(app, ["send", str(file), "--yes", "--stack", "prod"])
    found = CliRunner().invoke(app, ["where", ID, "--stack", "prod", "--since", "1h"])
    assert (sent.exit_code, found.exit_code) == (0, 3)
