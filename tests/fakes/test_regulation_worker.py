"""The fake of RudderStack's regulation worker against transformers of every kind."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes.regulation_worker import RegulationWorker, WorkerDied, WorkerJob

FLAGS = {"upgradedToSourceTransformV2": True, "supportSourceTransformV1": True}
FEATURES = {"regulations": ["MP"], **FLAGS}
SUCCESSFUL = [{"statusCode": 200, "status": "successful"}]
URL = "https://worker:p%40ss@transformer.test/api"


@dataclass
class Transformer:
    """A transformer that gives the same two answers, or none, and records the requests."""

    features: tuple[int, Any] | None = (200, FEATURES)
    result: tuple[int, Any] | None = (200, SUCCESSFUL)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Answer one request, or raise OSError."""
        self.requests.append((method, path, headers, body))
        answer = self.features if method == "GET" else self.result
        if answer is None:
            raise ConnectionResetError
        status, content = answer
        return status, content if isinstance(content, bytes) else json.dumps(content).encode()


def job(**changes: Any) -> WorkerJob:
    """A job about one user; keyword arguments override its fields."""
    fields: dict[str, Any] = {"users": [{"userId": "ann"}], "config": {"token": "t"}}
    return WorkerJob(**fields | changes)


def processed(transformer: Transformer, **changes: Any) -> str | None:
    """What a new worker reports of a job."""
    worker = RegulationWorker(URL, transformer)
    worker.pass_time(0)
    return worker.process(job(**changes))


@pytest.mark.parametrize(
    ("features", "status"),
    [
        ((200, FEATURES), "complete"),
        ((200, FLAGS | {"regulations": []}), "complete"),
        ((200, FLAGS), "complete"),
        ((200, FLAGS | {"regulations": "MP"}), "complete"),
        ((200, b"<html>"), "complete"),
        ((200, FLAGS | {"regulations": ["AM"]}), "aborted"),
        ((200, FLAGS | {"regulations": ["mp"]}), "aborted"),
        ((404, FEATURES), "aborted"),
        ((401, FEATURES), "aborted"),
        ((301, FEATURES), "aborted"),
        ((500, FEATURES), "aborted"),
        (None, None),
    ],
)
def test_destinations_are_those_of_the_first_answer(
    features: tuple[int, Any] | None, status: str | None
) -> None:
    """Only 200 counts, and a job waits until any answer has come."""
    assert processed(Transformer(features=features)) == status


def test_destinations_are_built_once() -> None:
    """A better answer comes too late for this process."""
    transformer = Transformer(features=(503, b""))
    worker = RegulationWorker(URL, transformer)
    worker.pass_time(0)
    before = worker.process(job())
    transformer.features = (200, FEATURES)
    worker.pass_time(10)
    assert (before, worker.process(job())) == ("aborted", "aborted")


def test_features_are_polled_every_ten_seconds() -> None:
    """At once first."""
    transformer = Transformer()
    worker = RegulationWorker(URL, transformer)
    polls = []
    for seconds in (0, 9, 1, 25, 4, 1):
        worker.pass_time(seconds)
        polls.append(len(transformer.requests))
    assert polls == [1, 1, 2, 4, 4, 5]


def test_poll_without_a_response_is_repeated() -> None:
    """Ten times."""
    transformer = Transformer(features=None)
    RegulationWorker(URL, transformer).pass_time(0)
    assert len(transformer.requests) == 10


@pytest.mark.parametrize(
    ("features", "dies"),
    [
        (FEATURES, False),
        ({"regulations": ["MP"], "upgradedToSourceTransformV2": True}, False),
        ({"regulations": ["MP"], "supportSourceTransformV1": True}, False),
        ({"regulations": ["MP"]}, True),
        ({"regulations": ["MP"], "supportSourceTransformV1": False}, True),
        (b"<html>", True),
        ([], True),
    ],
)
def test_worker_dies_of_features_without_a_flag(features: Any, dies: bool) -> None:  # noqa: FBT001 - data
    """At the second poll."""
    worker = RegulationWorker(URL, Transformer(features=(200, features)))
    with suppress(WorkerDied):
        worker.pass_time(10)
    assert worker.died is dies


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ((200, SUCCESSFUL), "complete"),
        ((200, [{"statusCode": 400, "error": "ignored"}]), "complete"),
        ((200, {"status": "successful"}), "failed"),
        ((200, ["successful"]), "failed"),
        ((200, [{"status": 200}]), "failed"),
        ((200, b"ok"), "failed"),
        ((200, b""), "failed"),
        ((201, SUCCESSFUL), "failed"),
        ((202, SUCCESSFUL), "failed"),
        ((204, SUCCESSFUL), "failed"),
        ((400, [{"error": "wrong"}]), "failed"),
        ((401, [{"error": "wrong"}]), "failed"),
        ((404, [{"error": "wrong"}]), "aborted"),
        ((405, [{"error": "wrong"}]), "aborted"),
        ((404, {"error": "wrong"}), "failed"),
        ((503, [{"error": "wrong"}]), "failed"),
        (None, "failed"),
    ],
)
def test_status_of_a_job_is_that_of_the_response(
    result: tuple[int, Any] | None, status: str
) -> None:
    """If its body is an array of objects."""
    assert processed(Transformer(result=result)) == status


@pytest.mark.parametrize(("failed_attempts", "status"), [(3, "failed"), (4, "aborted")])
def test_job_is_given_up_after_four_failures(failed_attempts: int, status: str) -> None:
    """Without another attempt."""
    assert processed(Transformer(result=(503, [])), failed_attempts=failed_attempts) == status


@pytest.mark.parametrize(
    "changes", [{"users": [{"userId": 7}]}, {"users": {}}, {"users": None}, {"job_id": "one"}]
)
def test_worker_dies_of_a_job_that_it_cannot_decode(changes: dict[str, Any]) -> None:
    """And does nothing afterwards."""
    worker = RegulationWorker(URL, Transformer())
    with pytest.raises(WorkerDied):
        worker.process(job(**changes))
    with pytest.raises(WorkerDied):
        worker.process(job())


def test_requests_are_those_of_rudder_server() -> None:
    """One job, its destination in lower case, and the URL's user info with every request."""
    transformer = Transformer()
    processed(transformer)
    authorization = "Basic d29ya2VyOnBAc3M="
    body = (
        b'[{"jobId": "1", "destType": "mp", "config": {"token": "t"}, '
        b'"userAttributes": [{"userId": "ann"}]}]'
    )
    headers = {"Content-Type": "application/json", "Authorization": authorization}
    assert transformer.requests == [
        ("GET", "/api/features", {"Authorization": authorization}, b""),
        ("POST", "/api/deleteUsers", headers, body),
    ]
