"""Set-once, union and append lists take traits as RudderStack does, by a model of its table."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.tables import LISTED_TRAITS, MAPPED_TRAITS, PROFILE_PROPERTIES
from rudder_mixpanel.mapping.unsent import SPELLINGS
from rudder_mixpanel.message.times import since_epoch
from tests.build import destination

NOW: Final = since_epoch(datetime(2027, 1, 1, tzinfo=UTC))
LISTS: Final = {
    "$set_once": "setOnceProperties",
    "$union": "unionProperties",
    "$append": "appendProperties",
}
# Written from RudderStack's behavior, not from the tables of the package
MODEL: Final = {
    "$created": "createdAt",
    "$email": "email",
    "$name": "name",
    "$phone": "phone",
    "$avatar": "avatar",
    "$unsubscribed": "unsubscribed",
    "$first_name": "firstName firstname first_name",
    "$last_name": "lastName lastname last_name",
    "$username": "username userName",
    "$country_code": "country address.country",
    "$city": "city address.city",
    "$region": "state address.state location.region",
    "$geo_source": "location.geoSource",
    "$timezone": "location.timezone",
    "$latitude": "location.latitude",
    "$longitude": "location.longitude",
    "$carrier": "network.carrier",
    "$wifi": "network.wifi",
    "$manufacturer": "device.manufacturer",
    "$model": "device.model",
    "$screen_height": "screen.height",
    "$screen_width": "screen.width",
    "$initial_referrer": "page.initial_referrer",
    "$initial_referring_domain": "page.initial_referring_domain page.initialReferringDomain",
}
SOURCES: Final = " ".join(MODEL.values()).split()
# Traits that are not sent under their own name, too
RENAMED: Final = {source for source in SOURCES if "." not in source} | {"address"}

WORDS: Final = st.sampled_from(
    sorted({word for source in SOURCES for word in source.split(".")} | {"home", "a", "$email"})
)
SCALARS: Final = st.sampled_from([None, "", " ", 0, False, True, 1, "x", "y"])
VALUES: Final = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=4)
)
# Objects of the table with the parts that it reads, among others
OBJECTS: Final = st.fixed_dictionaries(
    {},
    optional={
        name: st.dictionaries(st.sampled_from(parts.split()), VALUES, min_size=1)
        for name, parts in (
            ("address", "city state country street"),
            ("location", "region geoSource timezone latitude longitude city"),
            ("network", "carrier wifi"),
            ("device", "manufacturer model type"),
            ("screen", "height width"),
            ("page", "initial_referrer initialReferrer initial_referring_domain url"),
        )
    },
)
TRAITS: Final = st.builds(
    lambda objects, others, home: {**others, **objects, **home},
    OBJECTS,
    st.dictionaries(WORDS, VALUES, max_size=4),
    st.fixed_dictionaries({}, optional={"home": OBJECTS | st.dictionaries(WORDS, VALUES)}),
)
# The traits of a call, and those of its context, which are mostly the only ones
BOTH_TRAITS: Final = (
    st.tuples(TRAITS, st.just({})) | st.tuples(st.just({}), TRAITS) | st.tuples(TRAITS, TRAITS)
)


def paths_in(traits: dict[str, Any]) -> Iterator[str]:
    """The paths of everything in nested objects."""
    for name, value in traits.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{path}" for path in paths_in(value))


def with_lists(traits: tuple[dict[str, Any], dict[str, Any]]) -> st.SearchStrategy[Any]:
    """Traits of both kinds, and three lists of paths, most of which are in them."""
    found = sorted({*paths_in(traits[0]), *paths_in(traits[1])})
    path = st.sampled_from([*found, *SOURCES])
    names = st.lists(path, max_size=6, unique=True)
    return st.tuples(st.just(traits[0]), st.just(traits[1]), names, names, names)


CALLS: Final = BOTH_TRAITS.flatmap(with_lists)
type Call = tuple[dict[str, Any], dict[str, Any], list[str], list[str], list[str]]


def has_content(value: Any) -> bool:
    """Whether a list takes a value."""
    return value not in (None, [], {}) and str(value).strip() != ""


def value_in(traits: Any, dotted: str) -> Any:
    """The value at a path of objects."""
    for key in dotted.split("."):
        traits = traits.get(key) if isinstance(traits, dict) else None
    return traits


def take_out(traits: dict[str, Any], dotted: str) -> None:
    """Remove the value at a path of objects."""
    parent, _, last = dotted.rpartition(".")
    (value_in(traits, parent) if parent else traits).pop(last)


def take_as_rudderstack(
    own: dict[str, Any], of_context: dict[str, Any], names: list[str]
) -> dict[str, Any]:
    """The properties of the traits that a list names, which are removed from both objects."""
    of_own: dict[str, Any] = {}
    of_others: dict[str, Any] = {}
    for dotted in names:
        last = dotted.split(".")[-1]
        if has_content(value := value_in(own, dotted)):
            of_own[last] = value
            take_out(own, dotted)
        if has_content(value := value_in(of_context, dotted)):
            of_others.setdefault(last, value)
            take_out(of_context, dotted)
    taken = of_others | of_own
    properties: dict[str, Any] = {}
    for name, sources in MODEL.items():
        values = [value_in(taken, source) for source in sources.split()]
        properties |= dict([(name, value) for value in values if value not in (None, "")][:1])
    return properties | {name: value for name, value in taken.items() if name not in RENAMED}


def identify(own: dict[str, Any], of_context: dict[str, Any]) -> dict[str, Any]:
    """An identify call with these traits, its own and those of its context."""
    context = {"traits": of_context}
    return {"type": "identify", "userId": "u-1", "traits": own, "context": context}


def profile_updates(
    own: dict[str, Any], of_context: dict[str, Any], **lists: list[str]
) -> dict[str, Any]:
    """What an identify call with these traits does to a profile, by verb."""
    message = {
        "type": "identify",
        "userId": "u-1",
        "traits": own,
        "context": {"traits": of_context},
    }
    operations, _ = map_message(message, destination(**lists), now=NOW)
    payloads = [operation.payload for operation in operations]
    return {
        verb: payload[verb] for payload in payloads for verb in (*LISTS, "$set") if verb in payload
    }


@pytest.mark.parametrize("verb", LISTS)
@given(CALLS)
def test_list_takes_what_rudderstack_takes(verb: str, call: Call) -> None:
    """Traits of any shape in both places, in any order; the rest is set as without a list."""
    own, of_context, names, _, _ = call
    updates = profile_updates(own, of_context, **{LISTS[verb]: names})
    own, of_context = deepcopy(own), deepcopy(of_context)
    taken = take_as_rudderstack(own, of_context, names)
    if verb == "$union":
        taken = {key: value if isinstance(value, list) else [value] for key, value in taken.items()}
    expected = profile_updates(own, of_context) | ({verb: taken} if taken else {})
    assert exact(updates) == exact(expected)


@given(CALLS)
def test_first_list_takes_a_trait(call: Call) -> None:
    """Set-once, union and append take from what the lists before them leave."""
    own, of_context, *lists = call
    updates = profile_updates(own, of_context, **dict(zip(LISTS.values(), lists, strict=True)))
    own, of_context = deepcopy(own), deepcopy(of_context)
    for names in lists[:2]:
        take_as_rudderstack(own, of_context, names)
    expected = profile_updates(own, of_context, appendProperties=lists[2])
    assert exact(updates) == exact(updates | expected)


def exact(value: Any) -> str:
    """JSON with sorted keys, in which 1 and true differ."""
    return json.dumps(value, sort_keys=True)


def leaves(value: Any) -> Iterator[Any]:
    """The values in nested objects and lists that are neither."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    else:
        yield value


def with_distinct_leaves(value: Any, numbers: Iterator[int]) -> Any:
    """A copy of a value in which each leaf is another text."""
    if isinstance(value, dict):
        return {key: with_distinct_leaves(item, numbers) for key, item in value.items()}
    if isinstance(value, list):
        return [with_distinct_leaves(item, numbers) for item in value]
    return f"value {next(numbers)}"


@given(CALLS, st.sampled_from(sorted(LISTS.values())))
def test_no_trait_is_lost_without_being_counted(call: Call, setting: str) -> None:
    """What no update has is counted, whether a list names it or not."""
    numbers = count()
    own, of_context = (with_distinct_leaves(traits, numbers) for traits in call[:2])
    target = destination(**{setting: call[2]})
    operations, left_out = map_message(identify(own, of_context), target, now=NOW)
    sent = {leaf for operation in operations for leaf in leaves(operation.payload)}
    assert left_out or sent.issuperset([*leaves(own), *leaves(of_context)])


def test_table_is_that_of_rudderstack() -> None:
    """It has the 24 rows of the model, with the same sources in the same order."""
    rows = {row.name: " ".join(".".join(source) for source in row.sources) for row in LISTED_TRAITS}
    assert rows == MODEL
    assert RENAMED == MAPPED_TRAITS


def test_every_other_trait_of_a_row_is_a_spelling_or_the_address() -> None:
    """Only beside these, the same traits can have two values for a property."""
    for row in PROFILE_PROPERTIES:
        names = {source[1] for source in row.sources if source[0] == "traits"} & MAPPED_TRAITS
        assert len(names - SPELLINGS - {"address"}) <= 1
