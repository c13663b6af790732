"""Explains what each call writes: the properties of every request that is made of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.events import (
    event_writing,
    identity_writing,
    product_writings,
)
from rudder_mixpanel.mapping.explain.listed_traits import ListedTraits
from rudder_mixpanel.mapping.explain.profiles import (
    charge_writing,
    group_ids_writing,
    increment_writing,
    profile_writing,
)
from rudder_mixpanel.mapping.explain.shadow import ShadowMessage
from rudder_mixpanel.mapping.explain.writing import Writing
from rudder_mixpanel.mixpanel.operations import Payload

type ExplainCall = Callable[[MappingContext, ShadowMessage, Iterable[Payload]], Iterator[Writing]]


def explain_track(
    context: MappingContext, shadow: ShadowMessage, payloads: Iterable[Payload]
) -> Iterator[Writing]:
    """The charge, the increments, the event, and the events of products."""
    events = iter((event_writing(context, shadow.root), *product_writings(context, shadow.root)))
    for payload in payloads:
        if "$append" in payload:
            yield charge_writing(context)
        elif "$add" in payload:
            yield increment_writing(shadow.root, payload["$add"])
        else:
            yield next(events)


def explain_view(
    context: MappingContext, shadow: ShadowMessage, _: Iterable[Payload]
) -> Iterator[Writing]:
    """The event of a page or screen."""
    yield event_writing(context, shadow.root)


def explain_identify(
    context: MappingContext, shadow: ShadowMessage, payloads: Iterable[Payload]
) -> Iterator[Writing]:
    """The updates by listed traits and by all others, and the event that merges two ids."""
    settings, listed = context.destination, ListedTraits(context, shadow.root)
    for names in (settings.set_once, settings.union, settings.append):
        if (written := listed.take(names)).shadows:
            yield written
    yield profile_writing(context, shadow, listed)
    yield from (identity_writing(context, payload) for payload in payloads if "event" in payload)


def explain_group(
    context: MappingContext, shadow: ShadowMessage, payloads: Iterable[Payload]
) -> Iterator[Writing]:
    """The groups of the user, and the traits of each group."""
    for payload in payloads:
        if "$group_key" in payload:
            written = Writing()
            written.copy(shadow.root.get("traits"))
            yield written
        else:
            yield group_ids_writing(context, *payload["$set"])


def explain_alias(
    context: MappingContext, _: ShadowMessage, payloads: Iterable[Payload]
) -> Iterator[Writing]:
    """The event that makes the new id an alias."""
    return (identity_writing(context, payload) for payload in payloads)


EXPLAINED_CALLS: Final[Mapping[str, ExplainCall]] = {
    "alias": explain_alias,
    "group": explain_group,
    "identify": explain_identify,
    "page": explain_view,
    "screen": explain_view,
    "track": explain_track,
}
