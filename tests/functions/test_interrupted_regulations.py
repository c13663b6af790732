"""A regulation that is interrupted is completed by its repetition, or by the worker."""

from datetime import timedelta
from typing import Any, NoReturn

import boto3
import pytest

from rudder_mixpanel.errors import TableUnavailable
from tests.functions.conftest import NOW
from tests.functions.context import Context
from tests.functions.regulations import RegulationsFunctions


class BusyContext(Context):
    """The context of an invocation without time for a step."""

    def get_remaining_time_in_millis(self) -> int:
        """A second is left."""
        return 1_000


def unavailable(*_: Any) -> NoReturn:
    """A table that does not answer."""
    raise TableUnavailable("suppressions")


@pytest.fixture
def interrupted(
    regulations: RegulationsFunctions, monkeypatch: pytest.MonkeyPatch
) -> RegulationsFunctions:
    """Both functions, after a request to delete ann that could not suppress her."""
    store = regulations.app("regulations_api")["dependencies"]().suppressions
    with monkeypatch.context() as patch:
        patch.setattr(store, "hold", unavailable)
        assert regulations.request_deletion("ann").status_code == 503
    return regulations


def test_repetition_suppresses_the_user(interrupted: RegulationsFunctions) -> None:
    """Who is suppressed already is read first."""
    status = interrupted.request_deletion("ann").status_code
    assert (status, interrupted.suppressed("ann")) == (201, {"ann": True})


def test_worker_suppresses_the_user(interrupted: RegulationsFunctions) -> None:
    """Nobody has to ask again."""
    interrupted.set_clock(NOW + timedelta(hours=1))
    interrupted.run_worker()
    assert interrupted.suppressed("ann") == {"ann": True}


def test_worker_without_time_wakes_itself(regulations: RegulationsFunctions) -> None:
    """Rather than to wait for its schedule."""
    regulations.app("delete_users")["handler"]({"Records": []}, BusyContext())
    [url] = boto3.client("sqs").list_queues()["QueueUrls"]
    messages = boto3.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert [message["Body"] for message in messages] == ["there is work"]
