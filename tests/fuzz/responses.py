"""Fuzzing of responses: nothing is called delivered, or certainly not applied, without proof.

What proves it is decided here again, from the text of the response alone.
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from random import Random
from typing import Any, Final

from mixpanel_emulator import messages
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept, Outcome, Rejected
from rudder_mixpanel.mixpanel.responses import (
    MixpanelResponse,
    NoResponse,
    Split,
    interpret_response,
)
from rudder_mixpanel.mixpanel.token_responses import token_objection
from tests.fuzz.hostile import hostile_value
from tests.fuzz.limits import slowness
from tests.fuzz.mutation import mutated_text
from tests.fuzz.target import Target
from tests.operations import event, update

STATUSES: Final = (200, 200, 200, 400, 400, 401, 403, 404, 408, 413, 414, 429, 431, 500, 503)
OTHER_STATUSES: Final = (100, 201, 204, 206, 302, 304, 402, 418, 499, 520, 599)
# Statuses with which nothing of a request was read
NOT_READ: Final = frozenset({401, 413, 414, 429, 431})
COUNTS: Final = (1, 1, 1, 2, 3, 8, 200)


type Exchange = tuple[Request, MixpanelResponse | NoResponse]


def random_exchange(random: Random) -> Exchange:
    """A request and the response to it."""
    request = random_request(random)
    return request, random_response(random, request)


def shown(exchange: Exchange) -> str:
    """A request and its response as text."""
    request, response = exchange
    return f"{request.endpoint} {request.body.decode()}\n{response}"


def exchange_complaints(exchange: Exchange) -> Iterator[str]:
    """What is wrong with how a response is interpreted."""
    request, response = exchange
    verdict = interpret_response(request, response)
    if isinstance(verdict, Split):
        if len(request.operations) == 1 or not is_harmless(request, response):
            yield "a request is split that must not be repeated"
    else:
        yield from outcome_complaints(request, response, verdict)
    if token_objection(response) is None and not counts_events(response):
        yield "a token is accepted without proof"
    size = len(request.body) + (len(response.body) if isinstance(response, MixpanelResponse) else 0)
    if slow := slowness(partial(interpret_response, request, response), size):
        yield slow


def counts_events(response: MixpanelResponse | NoResponse) -> bool:
    """Whether a response is one of /import about events, which it authenticated before."""
    if isinstance(response, NoResponse) or response.status not in {200, 400}:
        return False
    content = json_or_none(response.body)
    fields = content if isinstance(content, Mapping) else {}
    numbers = [fields.get(name) for name in ("code", "num_records_imported")]
    return all(type(number) is int for number in numbers) and numbers[0] in {200, 400}


def is_harmless(request: Request, response: MixpanelResponse | NoResponse) -> bool:
    """Whether a request may be sent again after a response."""
    is_read = isinstance(response, NoResponse) or response.status not in NOT_READ
    return request.repeatable or not is_read


def outcome_complaints(
    request: Request, response: MixpanelResponse | NoResponse, outcomes: list[Outcome]
) -> Iterator[str]:
    """What is wrong with the outcomes of a request."""
    if len(outcomes) != len(request.operations):
        yield f"{len(outcomes)} outcomes of {len(request.operations)} operations"
        return
    delivered = {index for index, outcome in enumerate(outcomes) if outcome == DELIVERED}
    if delivered - proven(request, response):
        yield "delivered without proof"
    if not is_proven_unapplied(request, response) and any(map(is_not_applied, outcomes)):
        yield "not applied without proof"
    for outcome in outcomes:
        if isinstance(outcome, Kept | Rejected):
            "".join((outcome.message, outcome.quote, getattr(outcome, "field", ""))).encode()


def is_not_applied(outcome: Outcome) -> bool:
    """Whether an outcome claims that an operation was not applied."""
    return isinstance(outcome, Kept) and outcome.not_applied


def is_proven_unapplied(request: Request, response: MixpanelResponse | NoResponse) -> bool:
    """Whether nothing of a request was applied."""
    if isinstance(response, NoResponse):
        return not response.sent
    content = json_or_none(response.body)
    status = content.get("status") if isinstance(content, Mapping) else content
    return response.status in NOT_READ or (
        type(status) is int and status == 0 and len(request.operations) == 1
    )


def proven(request: Request, response: MixpanelResponse | NoResponse) -> set[int]:
    """The operations that a response proves to be stored, by their indexes."""
    if isinstance(response, NoResponse) or response.status not in {200, 400}:
        return set()
    content, count = json_or_none(response.body), len(request.operations)
    if request.endpoint == "import":
        return proven_events(content, response.status, count)
    is_object = isinstance(content, Mapping)
    status = content.get("status") if is_object else content
    contradicted = is_object and (
        content.get("error")
        or content.get("failed_records")
        or content.get("num_good_events", count) != count
        or content.get("code", 200) != 200
    )
    # True and 1.0 equal 1, and are no status.
    is_good = response.status == 200 and type(status) is int and status == 1
    return set(range(count)) if is_good and not contradicted else set()


def proven_events(content: Any, status: int, count: int) -> set[int]:
    """The events that a response of /import counts as stored and does not list as failed."""
    if not isinstance(content, Mapping):
        return set()
    imported, listed = content.get("num_records_imported"), content.get("failed_records") or []
    if type(imported) is not int or not isinstance(listed, list):
        return set()
    indexes = [record.get("index") for record in listed if isinstance(record, Mapping)]
    failed = {index for index in indexes if type(index) is int and 0 <= index < count}
    if not len(failed) == len(indexes) == len(listed) == count - imported:
        return set()
    if not listed and (status != 200 or content.get("error")):
        return set()
    return set(range(count)) - failed


def json_or_none(body: bytes) -> Any:
    """The JSON of a body; None if it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def random_request(random: Random) -> Request:
    """A request of a lane."""
    count = random.choice(COUNTS)
    match random.randrange(5):
        case 0:
            return Request(tuple(update("$add", f"u-{n}", {"a": 1}) for n in range(count)))
        case 1:
            return Request(tuple(update("$set", f"u-{n}") for n in range(count)))
        case 2:
            return Request(tuple(event("$merge", n=n) for n in range(count)))
        case 3:
            endpoint = random.choice(("track", "groups"))
            return Request(tuple(other_operation(endpoint, n) for n in range(count)))
        case _:
            return Request(tuple(event(f"e-{n}") for n in range(count)))


def other_operation(endpoint: Any, number: int) -> Operation:
    """An operation for /track or /groups."""
    if endpoint == "track":
        name = f"e-{number}"
        return Operation("track", {"event": name, "properties": {"$insert_id": name}})
    fields = {"$group_key": "company", "$group_id": str(number), "$set": {"a": 1}}
    return Operation("groups", {"$token": "t", **fields})


def random_response(random: Random, request: Request) -> MixpanelResponse | NoResponse:
    """A response as Mixpanel sends it, or with changes, or none."""
    if random.random() < 0.02:
        return NoResponse("a time limit", sent=random.random() < 0.5)
    statuses = STATUSES if random.random() < 0.9 else OTHER_STATUSES
    body = random_body(random, request)
    return MixpanelResponse(random.choice(statuses), body, random.choice((0, 0, 60)))


def random_body(random: Random, request: Request) -> bytes:
    """A body of any shape."""
    kind = random.random()
    if kind < 0.1:
        return random.choice((b"", b"0", b"1", b"true", b"1.0", b"<html>", b"[]", b"\xff", b"nul"))
    content = hostile_value(random) if kind < 0.15 else true_content(random, request)
    return mutated_text(random, content).encode(errors="replace")


def true_content(random: Random, request: Request) -> dict[str, Any]:
    """A response that Mixpanel could send, true or nearly."""
    count = len(request.operations)
    if request.endpoint != "import" or random.random() < 0.1:
        return random.choice(
            (
                {"status": 1, "error": None},
                {"status": 0, "error": "some data points in the request failed validation"},
                {"code": 200, "status": 1, "num_good_events": count, "error": None},
                {"status": 1, "error": "", "num_good_events": random.randint(0, count)},
            )
        )
    failed = random.sample(range(count), random.choice((0, 0, 1, random.randint(0, count))))
    listed = [failed_record(random, request, index) for index in failed]
    return {
        "code": random.choice((200, 400)) if random.random() < 0.2 else (400 if listed else 200),
        "status": "Bad Request" if listed else random.choice(("OK", "OK", "error", 0)),
        "error": messages.SOME_INVALID if listed else random.choice((None, None, "odd")),
        "num_records_imported": count - len(listed) + random.choice((0, 0, 0, 0, 1, -1)),
        "failed_records": listed or ([] if random.random() < 0.5 else None),
    }


def failed_record(random: Random, request: Request, index: int) -> Any:
    """A failed record, in one of its shapes."""
    if random.random() < 0.05:
        return messages.IDENTITY_EVENT
    name = random.choice(("insert_id", "$insert_id"))
    properties = request.operations[index].payload["properties"]
    record = {"index": index, "field": "properties.time", "message": messages.TIME_MISSING}
    return {**record, name: properties["$insert_id"]}


RESPONSES: Final = Target(random_exchange, exchange_complaints, shown)
