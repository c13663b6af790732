"""Explains each request of an event: what every value in it comes from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.calls import EXPLAINED_CALLS
from rudder_mixpanel.mapping.explain.done import changes, conversion
from rudder_mixpanel.mapping.explain.fields import update_origins
from rudder_mixpanel.mapping.explain.profiles import group_field_origins
from rudder_mixpanel.mapping.explain.shadow import ALL, Origin, ShadowMessage, covers, listing
from rudder_mixpanel.mapping.explain.writing import Attempt, Writing
from rudder_mixpanel.message.paths import Path
from rudder_mixpanel.message.values import is_sendable
from rudder_mixpanel.mixpanel.operations import VERBS, Operation, Payload

# Characters of an event's name, which many sentences repeat
LONGEST_NAME: Final = 60

type Origins = dict[str, Origin]


@dataclass(frozen=True, slots=True)
class ExplainedRequest:
    """One request: the origins of its fields, and of the properties in one of them, `inner`.

    `names` are all fields in the order of the request, and `attempts` all values of the message
    that could have become a property.
    """

    label: str
    names: tuple[str, ...]
    inner: str
    fields: Origins
    properties: Origins
    attempts: list[Attempt]

    def sentences(self, shadow: ShadowMessage) -> dict[str, Any]:
        """The request with a sentence in place of each value."""
        inner = {name: origin.sentence(shadow.show) for name, origin in self.properties.items()}
        return {
            name: inner if name == self.inner else self.fields[name].sentence(shadow.show)
            for name in self.names
        }


def explain_requests(
    context: MappingContext, shadow: ShadowMessage, operations: Iterable[Operation]
) -> Iterator[ExplainedRequest]:
    """Explain the operations of a message, in their order."""
    payloads = [operation.payload for operation in operations]
    writings = EXPLAINED_CALLS[context.fields["type"]](context, shadow, payloads)
    groups = group_field_origins(context, shadow, payloads)
    for payload, writing in zip(payloads, writings, strict=False):
        inner = next(name for name in payload if name == "properties" or name in VERBS)
        if inner == "properties":
            fields: Origins = {"event": writing.name or Origin()}
        else:
            fields = next(groups) if "$group_key" in payload else update_origins(context)
        yield ExplainedRequest(
            label_of(payload, inner),
            tuple(payload),
            inner,
            explain_fields(payload, fields, inner, shadow),
            explain_properties(context, payload[inner], writing, inner, shadow),
            writing.attempts,
        )


def label_of(payload: Payload, inner: str) -> str:
    """What a reader calls a request."""
    if inner == "properties":
        name: str = payload["event"]
        return f"the event {name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + '…'}"
    owner = f"the {payload['$group_key']} group's" if "$group_key" in payload else "the user's"
    return f"{owner} {inner}"


def explain_fields(
    payload: Payload, origins: Mapping[str, Origin], inner: str, shadow: ShadowMessage
) -> Origins:
    """The origins of the fields of a request beside its properties."""
    return {
        name: converted(origins[name], value, shadow)
        for name, value in payload.items()
        if name != inner
    }


def explain_properties(
    context: MappingContext,
    properties: Payload,
    writing: Writing,
    inner: str,
    shadow: ShadowMessage,
) -> Origins:
    """The origins of the properties of a request, and what was done to them."""
    origins = writing.origins(shadow)
    replaced = replaced_values(properties, origins, writing.attempts, shadow)
    explained = {}
    for name, value in properties.items():
        origin = converted(origins[name], value, shadow)
        explained[name] = origin.adding(
            *in_place_of(replaced.get(name, ()), shadow),
            *changes(name, value, inner, is_ahead=context.time > context.now),
        )
    return explained


def converted(origin: Origin, value: Any, shadow: ShadowMessage) -> Origin:
    """The origin of a value, with how it was converted if it is that of one path."""
    if origin.words != ALL or len(origin.paths) != 1:
        return origin
    return origin.adding(*conversion(shadow.value_at(origin.paths[0]), value))


def in_place_of(paths: Iterable[Path], shadow: ShadowMessage) -> Iterator[str]:
    """What a property was written over."""
    if shown := [shadow.show(path) for path in paths]:
        yield f"in place of {listing(shown)}"


def replaced_values(
    properties: Payload,
    origins: Origins,
    attempts: Iterable[Attempt],
    shadow: ShadowMessage,
) -> dict[str, list[Path]]:
    """For each property the paths of other values that were to become it."""
    replaced: dict[str, list[Path]] = {}
    for name, attempt in attempts:
        if name in properties:
            for path in shadow.origin(attempt).paths:
                value, paths = shadow.value_at(path), replaced.setdefault(name, [])
                is_other = is_sendable(value) and value != properties[name]
                if is_other and not covers(origins[name].paths, path) and path not in paths:
                    paths.append(path)
    return replaced
