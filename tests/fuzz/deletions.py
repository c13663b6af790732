"""Fuzzing of responses about deletions: nothing is called done without proof."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random
from typing import Any, Final

from rudder_mixpanel.mixpanel import deletion_responses
from rudder_mixpanel.mixpanel.deletion_responses import (
    Invalid,
    ProfilesDeleted,
    RetryLater,
    TaskConflict,
    TaskCreated,
    TaskRevoked,
    TaskStatus,
)
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from tests.fuzz.hostile import TIMES, hostile_value
from tests.fuzz.limits import slowness
from tests.fuzz.mutation import mutated_text
from tests.fuzz.responses import json_or_none
from tests.fuzz.target import Target

type Reader = Callable[[MixpanelResponse | NoResponse], Any]
type Reading = tuple[Reader, MixpanelResponse | NoResponse]

READERS: Final[tuple[Reader, ...]] = (
    partial(deletion_responses.read_creation, ids=["a", "1"]),
    partial(deletion_responses.read_status, ids=["a", "1"]),
    deletion_responses.read_cancellation,
    partial(deletion_responses.read_profile_deletion, ids=["a", "1"]),
)
STATUSES: Final = (
    *(200, 200, 200, 201, 202, 204, 302, 400, 401, 403, 404, 405, 408, 409, 410, 413, 422, 429),
    *(500, 503),
)
SUCCESSFUL: Final = frozenset({200, 201, 202})
# Statuses by which Mixpanel rejects what a request names; no others give anybody up.
REJECTED: Final = frozenset({400, 413, 422})


def random_reading(random: Random) -> Reading:
    """A response about a deletion, and what reads it."""
    return random.choice(READERS), random_response(random)


def reading_complaints(reading: Reading) -> Iterator[str]:
    """What is wrong with how a response is read."""
    reader, response = reading
    result = reader(response)
    repr(result).encode()
    if not is_proven(result, response):
        yield f"{type(result).__name__} without proof"
    size = len(response.body) if isinstance(response, MixpanelResponse) else 0
    if slow := slowness(partial(reader, response), size):
        yield slow


def is_proven(result: Any, response: MixpanelResponse | NoResponse) -> bool:
    """Whether the text of a response says what was read from it."""
    if isinstance(response, NoResponse):
        return isinstance(result, RetryLater) and result.certain is not response.sent
    status, content = response.status, json_or_none(response.body)
    texts = set(map(str, scalars(content)))
    match result:
        case TaskCreated(task_id):
            proven = status in SUCCESSFUL and task_id in texts
        case TaskConflict(ids, tasks):
            proven = status == 409 and {*ids, *tasks} <= texts
        case TaskStatus("NOT_FOUND", 0) if status == 404:
            proven = True
        case TaskStatus(name, _, ids):
            proven = status in SUCCESSFUL and ids <= texts and name in map(str.upper, texts)
        case ProfilesDeleted():
            proven = status == 200 and profiles_status(content) == 1
        case TaskRevoked():
            proven = status == 204
        case RetryLater(certain=certain):
            proven = not certain or 300 <= status < 500
        case Invalid():
            proven = content is not None and (
                status in REJECTED or profiles_status(content) == 0 or content == 0
            )
        case _:
            proven = True
    return proven


def profiles_status(content: Any) -> int | None:
    """The status of a response of /engage, if it has one and no error."""
    status = content.get("status") if isinstance(content, Mapping) else content
    if isinstance(content, Mapping) and content.get("error"):
        return None
    return status if type(status) is int else None


def scalars(content: Any) -> Iterator[str | int]:
    """Every text and whole number in a response."""
    left = [content]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield value


def random_response(random: Random) -> MixpanelResponse | NoResponse:
    """A response as Mixpanel sends it, or with changes, or none."""
    if random.random() < 0.02:
        return NoResponse("a time limit", sent=random.random() < 0.5)
    content = random.choice((true_content, hostile_value))(random)
    body = mutated_text(random, content).encode(errors="replace")
    return MixpanelResponse(random.choice(STATUSES), body, random.choice((0, 60)))


def true_content(random: Random) -> Any:
    """A response that Mixpanel could send."""
    task = {"task_id": "1624387955000000", "tracking_id": "1624387955000000"}
    status = {"status": "SUCCESS", "date_requested": random.choice(TIMES), "distinct_ids": ["a", 1]}
    conflict = {"conflicting_distinct_ids": ["a"], "conflicting_task_ids": ["1", 2]}
    return random.choice(
        (
            {"status": "ok", "results": task},
            {"status": "ok", "results": [task]},
            {"results": status},
            {"results": [{**status, **task}]},
            {"error": conflict},
            {"status": 1, "error": None},
            {"status": 0, "error": "odd"},
            1,
            0,
        )
    )


DELETIONS: Final = Target(
    random_reading, reading_complaints, lambda reading: f"{reading[0].__name__} {reading[1]}"
)
