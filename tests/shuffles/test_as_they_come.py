"""With `as-they-come`, requests are what the mapping makes of the records, in their order."""

from collections import defaultdict
from itertools import chain
from random import Random
from typing import Any

import pytest

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel.mixpanel.operations import Operation
from tests.build import SENT_AT, destination
from tests.fakes.delivery import FakeDeliveryDependencies, deliver_bodies
from tests.fakes.ingestion import records_in
from tests.shuffles.scenario import CONFIG, history

AS_THEY_COME = {**CONFIG, "profileUpdates": "as-they-come"}


def expected_bodies(messages: list[dict[str, Any]]) -> dict[str, set[bytes]]:
    """The body of each lane of profiles, by endpoint; the first counter travels alone."""
    lanes: defaultdict[str, list[bytes]] = defaultdict(list)
    for operation in chain.from_iterable(map(operations_of, messages)):
        lanes[operation.lane].append(operation.encoded)
    first, rest = lanes["counters"][:1], lanes["counters"][1:]
    engage = (lanes["engage"], *([first, rest] if not lanes["engage"] else [[*first, *rest]]))
    return {
        "/engage": {array_of(lane) for lane in engage if lane},
        "/groups": {array_of(lane) for lane in (lanes["groups"],) if lane},
    }


def operations_of(message: dict[str, Any]) -> list[Operation]:
    """The operations of a message; none if we reject it."""
    try:
        now = EPOCH + SENT_AT * MILLISECOND
        return transform(message, destination(**AS_THEY_COME), now=now)
    except RejectedEvent:
        return []


def array_of(objects: list[bytes]) -> bytes:
    """Encoded objects as an encoded array."""
    return b"[" + b",".join(objects) + b"]"


@pytest.mark.parametrize("seed", range(20))
def test_bodies_are_those_of_the_mapping(seed: int) -> None:
    """Byte for byte, in the order of the records, and no profile's history is touched."""
    messages = list(history(Random(seed), 12))  # noqa: S311 - reproducible
    fakes = FakeDeliveryDependencies(**AS_THEY_COME)
    deliver_bodies(fakes, *messages)
    bodies = {
        path: {request.content for request in fakes.requests if request.url.path == path}
        for path in ("/engage", "/groups")
    }
    assert (bodies, fakes.profiles.items) == (expected_bodies(messages), {})


def test_history_of_messages_has_all_kinds() -> None:
    """The batches above are not empty."""
    fakes = FakeDeliveryDependencies(**AS_THEY_COME)
    for seed in range(20):
        deliver_bodies(fakes, *history(Random(seed), 12))  # noqa: S311 - reproducible
    updates = [each for request in fakes.requests for each in records_in(request)]
    verbs = {verb for update in updates for verb in update if verb.startswith("$")}
    assert verbs >= {"$set", "$set_once", "$union", "$append", "$add", "$group_key"}
