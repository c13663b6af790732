"""Fuzzing of mapping: any event becomes operations, or is rejected with a code."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, Final

import orjson

from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import encode_json, read_events
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mixpanel.operations import LANES, Operation
from tests.build import destination
from tests.fuzz.limits import slowness
from tests.fuzz.mutation import mutated_text
from tests.fuzz.samples import random_event
from tests.fuzz.target import Target

NOW: Final = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp() * 1000)
LISTS: Final[dict[str, Any]] = {
    "people": True,
    "propIncrements": [{"property": "orders"}, {"property": "revenue"}, {"property": "a"}],
    "setOnceProperties": [{"property": "createdAt"}, {"property": "a.b"}, {"property": "email"}],
    "unionProperties": [{"property": "interests"}, {"property": "address.city"}],
    "appendProperties": [{"property": "plan"}, {"property": "name"}, {"property": "list.0"}],
    "groupKeySettings": [{"groupKey": "company"}, {"groupKey": "groupId"}, {"groupKey": "a.b"}],
}
DYNAMIC: Final[dict[str, Any]] = {
    "identityMergeApi": "{{ event.context.app.merge || simplified }}",
    "people": True,
    "dataResidency": "{{ event.properties.plan || us }}",
    "token": "{{ event.context.page.url || f00dfeedf00dfeedf00dfeedf00dfeed }}",
}
DESTINATIONS: Final = (
    destination(),
    destination(identityMergeApi="simplified", productEvents=True, groupKeysOnEvents=True, **LISTS),
    destination(
        useNewMapping=True,
        ingestionApi="track",
        dropTraitsInTrackEvent=True,
        maxEventAgeDays=1825,
        **LISTS,
    ),
    destination(compatibility="rudderstack", identityMergeApi="simplified", **LISTS),
    destination(
        useUserDefinedPageEventName=True,
        userDefinedPageEventTemplate="Viewed {{ category }} {{ name }} {{properties.a.b}} page",
        useUserDefinedScreenEventName=True,
        userDefinedScreenEventTemplate="{{name}}{{ name }}{{ context.traits.plan }}",
        eventFilteringOption="blacklistedEvents",
        blacklistedEvents=[{"eventName": "Order Completed"}, {"eventName": ""}],
        **LISTS,
    ),
    destination(**DYNAMIC),
)


def random_text(random: Random) -> tuple[str, int]:
    """The text of an event, and the index of a destination."""
    text = mutated_text(random, random_event(random)).encode(errors="replace").decode()
    return text, random.randrange(len(DESTINATIONS))


def text_complaints(case: tuple[str, int]) -> Iterator[str]:
    """What is wrong with how the events in a text are mapped."""
    text, place = case
    for event in read_events(text):
        if isinstance(event, dict):
            for sentence in mapping_complaints(event, DESTINATIONS[place]):
                yield f"for destination {place}: {sentence}"


def mapping_complaints(event: dict[str, Any], to: Destination) -> Iterator[str]:
    """What is wrong with how an event is mapped."""
    before = encode_json(event)
    operations = mapped(event, to)
    yield from (line for operation in operations for line in operation_complaints(operation))
    if operations != mapped(event, to):
        yield "the second mapping differs"
    if encode_json(event) != before:
        yield "the event is changed"
    if slow := slowness(partial(mapped, event, to), len(before.encode())):
        yield slow


def mapped(event: Mapping[str, Any], to: Destination) -> list[Operation]:
    """The operations of an event, as delivery maps it; none if it is rejected or filtered."""
    with suppress(ConfigurationError):
        try:
            if filter_reason(event, to):
                return []
            resolved, rest = to.for_event(event)
            return map_message(rest, resolved, now=NOW)[0]
        except RejectedEvent as error:
            if error.code not in Code or error.code is Code.INTERNAL_ERROR:
                raise
            # What becomes an attribute of the rejected queue's message
            f"{error.message}{error.field}".encode()
    return []


def operation_complaints(operation: Operation) -> Iterator[str]:
    """What is wrong with an operation."""
    payload = json.loads(operation.encoded)
    if LANES[operation.lane] != operation.endpoint:
        yield f"lane {operation.lane} of endpoint {operation.endpoint}"
    if "" in operation.ids or set(map(type, operation.ids)) - {str}:
        yield "an id is not a text"
    if operation.lane == "counters" and not operation.key:
        yield "a counter has no key"
    if orjson.loads(operation.encoded) != payload:
        yield "two decoders read it differently"
    if missing := required_fields(operation) - set(payload.get("properties", payload)):
        yield f"{operation.endpoint} has no {sorted(missing)}"


def required_fields(operation: Operation) -> set[str]:
    """The fields without which Mixpanel rejects an operation."""
    match operation.endpoint:
        case "engage":
            return {"$token", "$distinct_id"}
        case "groups":
            return {"$token", "$group_key", "$group_id"}
        case _:
            return {"time", "token", "$insert_id"}


MAPPING: Final = Target(random_text, text_complaints, lambda case: case[0])
