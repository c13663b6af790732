"""RudderStack's regulation worker, as strict as rudder-server is with the transformer it calls.

It polls GET /features, sends one job at a time to POST /deleteUsers, and reports what became of
it. One instance is one process of the worker: it builds its list of destinations once.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

POLL_SECONDS = 10
TRIES_OF_A_POLL = 10
MOST_FAILED_ATTEMPTS = 4
# What holds until /features answers 200, and again after it answers 404.
DEFAULT_FEATURES = {
    "regulations": ["AM"],
    "supportSourceTransformV1": True,
    "upgradedToSourceTransformV2": True,
}
# For a body of 200 without a list, or with an empty one.
DEFAULT_DESTINATIONS = ["AM", "BRAZE", "CLEVERTAP", "INTERCOM", "MP"]
FLAGS_FOR_SOURCES = ("upgradedToSourceTransformV2", "supportSourceTransformV1")
FIELDS_OF_A_RESULT = ("status", "error", "authErrorCategory")

# Sends method, path, headers and body, and returns status and body; raises OSError, of which a
# timeout and a lost connection are, when there is no response.
type Send = Callable[[str, str, dict[str, str], bytes], tuple[int, bytes]]


class JobStatus(StrEnum):
    """What the worker reports of a job; after failed, the control plane sends it again."""

    COMPLETE = "complete"
    FAILED = "failed"
    ABORTED = "aborted"


class WorkerDied(Exception):
    """The process of the worker has ended, as by a panic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerJob:
    """A job as the control plane has it, with the destination that it names."""

    users: Any
    config: dict[str, Any]
    job_id: str = "1"
    destination: str = "MP"
    failed_attempts: int = 0

    @property
    def body(self) -> bytes:
        """The body of the request for this job."""
        job = {
            "jobId": self.job_id,
            "destType": self.destination.lower(),
            "config": self.config,
            "userAttributes": self.users,
        }
        return json.dumps([job]).encode()


@dataclass
class RegulationWorker:
    """One process of the worker, which calls the transformer at a URL, with its user info."""

    url: str
    send: Send
    features: Any = field(default_factory=lambda: DEFAULT_FEATURES)
    has_features: bool = False
    seconds_to_poll: float = 0
    destinations: list[str] | None = None
    died: bool = False

    def pass_time(self, seconds: float) -> None:
        """Let time pass: /features is polled at once, and then every ten seconds."""
        while seconds >= self.seconds_to_poll:
            seconds -= self.seconds_to_poll
            self.seconds_to_poll = POLL_SECONDS
            self._poll()
        self.seconds_to_poll -= seconds

    def process(self, job: WorkerJob) -> JobStatus | None:
        """Carry out a job; None while it waits for /features. Raises WorkerDied."""
        self._check_alive()
        self._decode(job)
        if not self.has_features:
            return None
        if self.destinations is None:
            self.destinations = self._supported_destinations()
        if job.destination not in self.destinations:
            return JobStatus.ABORTED
        status = self._delete(job)
        if status is JobStatus.FAILED and job.failed_attempts >= MOST_FAILED_ATTEMPTS:
            return JobStatus.ABORTED
        return status

    def _poll(self) -> None:
        self._check_alive()
        if self.has_features and not any(map(self._is_set, FLAGS_FOR_SOURCES)):
            self._die("the transformer must be upgraded")
        for _ in range(TRIES_OF_A_POLL):
            try:
                status, body = self._request("GET", "/features", b"")
            except OSError:
                continue
            self.has_features = True
            if status == HTTPStatus.OK:
                self.features = parsed(body)
            elif status == HTTPStatus.NOT_FOUND:
                self.features = DEFAULT_FEATURES
            return

    def _is_set(self, flag: str) -> bool:
        return isinstance(self.features, dict) and self.features.get(flag) is True

    def _supported_destinations(self) -> list[str]:
        listed = self.features.get("regulations") if isinstance(self.features, dict) else None
        return listed if isinstance(listed, list) and listed else DEFAULT_DESTINATIONS

    def _delete(self, job: WorkerJob) -> JobStatus:
        try:
            status, body = self._request("POST", "/deleteUsers", job.body)
        except OSError:
            return JobStatus.FAILED
        if not is_readable(parsed(body)):
            return JobStatus.FAILED
        if status == HTTPStatus.OK:
            return JobStatus.COMPLETE
        unsupported = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
        return JobStatus.ABORTED if status in unsupported else JobStatus.FAILED

    def _request(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        headers = {"Content-Type": "application/json"} if body else {}
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {b64encode(user.encode()).decode()}"
        return self.send(method, parts.path + path, headers, body)

    def _decode(self, job: WorkerJob) -> None:
        readable = isinstance(job.users, list) and all(map(is_text_object, job.users))
        if not readable or not job.job_id.isdecimal():
            self._die("the job cannot be decoded")

    def _check_alive(self) -> None:
        if self.died:
            raise WorkerDied("it has ended before")

    def _die(self, why: str) -> None:
        self.died = True
        raise WorkerDied(why)


def parsed(body: bytes) -> Any:
    """The JSON of a body; None for what is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def is_readable(results: Any) -> bool:
    """Whether the worker can read results: a list of objects, whose known fields are text."""
    return isinstance(results, list) and all(
        isinstance(result, dict)
        and all(isinstance(result.get(name, ""), str) for name in FIELDS_OF_A_RESULT)
        for result in results
    )


def is_text_object(value: Any) -> bool:
    """Whether a value is an object of text alone."""
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
