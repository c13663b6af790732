"""What Mixpanel drops, cuts or overwrites without an error is rejected or counted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import map_message, transform
from rudder_mixpanel.mapping.cuts import EVENT_VALUE_BYTES, find_cut_texts, may_be_cut
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.operations import Operation
from tests.build import destination, identify, track

NOW = datetime(2027, 1, 1, tzinfo=UTC)
MODES = pytest.mark.parametrize("mode", ["original", "simplified"])
LONG = "x" * 256
LONGEST = "x" * 255
LARGE = [LONGEST] * 33


def left_out(message: dict[str, Any], mode: str) -> Sequence[str]:
    """What is left out of an event in a project with this ID merge."""
    target = destination(identityMergeApi=mode, groupKeySettings=[{"groupKey": "company"}])
    return map_message(message, target, now=since_epoch(NOW))[1]


def page(**changes: Any) -> dict[str, Any]:
    """A page call."""
    return track(**{"type": "page", "event": None, **changes})


def group(**traits: Any) -> dict[str, Any]:
    """A group call with these traits."""
    return track(type="group", event=None, properties=None, traits=traits)


@MODES
@pytest.mark.parametrize(
    ("call", "reasons"),
    [
        (track(properties={"a": LONGEST}), []),
        (track(properties={"a": LONG}), ["text"]),
        (track(properties={"a": "é" * 128}), ["text"]),
        (track(properties={"a": '"' * 256}), ["text"]),
        (track(properties={"a": {"b": [LONG, LONG]}}), ["text", "text"]),
        (track(properties={LONG: 1}), ["name"]),
        (track(event=LONG), ["name"]),
        (page(context={"page": {"url": LONG}}), ["text"]),
        (identify(context={"traits": {"bio": LONG}}), ["text"]),
        (identify(context={"traits": {LONG: 1}}), ["name"]),
        (group(company="c-1", note=LONG), ["text"]),
    ],
)
def test_text_that_mixpanel_cuts_is_counted(
    call: dict[str, Any], reasons: list[str], mode: str
) -> None:
    """Texts and names of more than 255 bytes, wherever they are."""
    assert left_out(call, mode) == reasons


@MODES
@pytest.mark.parametrize(
    ("call", "reasons"),
    [
        (track(properties={"a": LARGE}), ["value"]),
        (track(properties={"a": {"b": LARGE}, "c": LARGE[:30]}), ["value"]),
        (track(properties={str(number): LONGEST for number in range(40)}), []),
        (identify(context={"traits": {"a": LARGE}}), []),
        (identify(context={"traits": {"a": LARGE * 32}}), ["value"]),
        (group(company="c-1", note=LARGE * 32), ["value"]),
    ],
)
def test_large_value_is_counted(call: dict[str, Any], reasons: list[str], mode: str) -> None:
    """A list or object of more than 8 KB in an event, or 256 KB in a profile."""
    assert left_out(call, mode) == reasons


@MODES
@pytest.mark.parametrize(
    ("call", "reasons"),
    [
        (track(timestamp="2027-01-01T00:00:00.000Z"), []),
        (track(timestamp="2027-01-01T00:00:00.001Z"), ["time"]),
        (page(timestamp="2027-01-01T00:59:59.000Z"), ["time"]),
    ],
)
def test_time_in_the_future_is_counted(call: dict[str, Any], reasons: list[str], mode: str) -> None:
    """Mixpanel replaces it by the time of arrival."""
    assert left_out(call, mode) == reasons


@MODES
@pytest.mark.parametrize(
    ("call", "reasons"),
    [
        (track(properties={"token": "mine", "time": "noon"}), ["replaced", "replaced"]),
        (track(properties={"distinct_id": "user-1", "time": None}), []),
        (track(properties={"plan": "a"}, context={"traits": {"plan": "b"}}), ["replaced"]),
        (track(properties={"plan": "a"}, context={"traits": {"plan": "a"}}), []),
        (page(properties={"plan": "a"}, context={"traits": {"plan": "b"}}), ["replaced"]),
        (page(name="Home", properties={"name": "Start"}), ["replaced"]),
        (page(name="Home", properties={"name": "Home"}), []),
        (
            track(properties={"utm_team": "a"}, context={"campaign": {"team": "b"}}),
            ["replaced"],
        ),
        (track(properties={"$os": "A"}, context={"os": {"name": "B"}}), ["replaced"]),
        (identify(traits={"plan": "basic"}), ["replaced"]),
        (identify(traits={"plan": "pro"}), []),
        (identify(traits={"a": 1, "a.b": 2}), ["replaced"]),
        (identify(traits={"a": {"b": 1}, "a.b": 2}), ["replaced"]),
        (identify(traits={"a": {"b": 1}, "a.c": 2}), []),
    ],
)
def test_replaced_property_is_counted(call: dict[str, Any], reasons: list[str], mode: str) -> None:
    """The stack writes another value under its name."""
    assert left_out(call, mode) == reasons


def test_replaced_ids_are_counted_with_simplified_merge() -> None:
    """The event's own `$user_id` and `$device_id` give way to those of the message."""
    call = track(anonymousId=None, properties={"$user_id": "else", "$device_id": "else"})
    assert left_out(call, "simplified") == ["replaced", "replaced"]


@MODES
@pytest.mark.parametrize(
    ("call", "reasons"),
    [
        (track(properties={"bucket": 1, "$import": True}), ["reserved", "reserved"]),
        (track(properties={"$mp_api_endpoint": "x", "$source": "x"}), ["reserved"]),
        (identify(context={"traits": {"$last_seen": "today"}}), ["reserved"]),
        (group(company="c-1", **{"$last_seen": "today"}), []),
    ],
)
def test_reserved_property_is_counted(call: dict[str, Any], reasons: list[str], mode: str) -> None:
    """Mixpanel writes values of its own under these names."""
    assert left_out(call, mode) == reasons


@MODES
@pytest.mark.parametrize(
    ("traits", "reasons"),
    [
        ({"address": {"city": "Oslo", "state": "OSL", "country": "NO"}}, []),
        ({"address": {"city": "Oslo", "street": "s", "zip": ""}}, ["trait"]),
        ({"address": "Storgata 1"}, ["trait"]),
        ({"address": ""}, []),
        ({"": 1, "..": 2}, ["trait", "trait"]),
    ],
)
def test_trait_without_a_place_is_counted(
    traits: dict[str, Any], reasons: list[str], mode: str
) -> None:
    """Of an address only three parts are sent, and a trait needs a name."""
    assert left_out(identify(context={"traits": traits}), mode) == reasons


@MODES
def test_group_without_a_profile_is_counted(mode: str) -> None:
    """Only text and numbers name a group."""
    assert left_out(group(company=["c-1", None, {"id": 1}, " "]), mode) == ["group"] * 3


@MODES
@pytest.mark.parametrize("ignore", [True, 1, "yes"])
def test_event_that_mixpanel_ignores_is_rejected(ignore: Any, mode: str) -> None:
    """It would answer success, and drop the event."""
    target = destination(identityMergeApi=mode)
    with pytest.raises(RejectedEvent) as caught:
        transform(track(properties={"$ignore": ignore}), target, now=NOW)
    assert (caught.value.code, caught.value.field) == ("IGNORED", "$ignore")


@MODES
@pytest.mark.parametrize("ignore", [False, None, 0, ""])
def test_event_that_is_not_to_be_ignored_is_sent(ignore: Any, mode: str) -> None:
    """With the property as it is."""
    assert left_out(track(properties={"$ignore": ignore}), mode) == []


@MODES
@pytest.mark.parametrize("name", ["$merge", "$identify", "$create_alias", " $merge "])
@pytest.mark.parametrize("kind", ["track", "page"])
def test_identity_event_is_rejected(kind: str, name: str, mode: str) -> None:
    """A track call or a template must not merge users."""
    target = destination(
        identityMergeApi=mode,
        useUserDefinedPageEventName=True,
        userDefinedPageEventTemplate="{{ name }}",
    )
    with pytest.raises(RejectedEvent) as caught:
        transform(track(type=kind, event=name, name=name), target, now=NOW)
    assert (caught.value.code, caught.value.field) == ("RESERVED_EVENT_NAME", "event")


@pytest.mark.parametrize(
    ("call", "mode", "field"),
    [
        (track(userId=LONG), "original", "userId"),
        (track(userId=LONG), "simplified", "userId"),
        (track(anonymousId=LONG), "simplified", "anonymousId"),
        (track(userId=None, anonymousId=LONGEST), "simplified", "anonymousId"),
        (identify(userId=LONG), "original", "userId"),
        (identify(anonymousId=LONG), "original", "anonymousId"),
        ({**group(company="c-1"), "userId": LONG}, "original", "userId"),
        (track(type="alias", previousId=LONG), "original", "previousId"),
        (group(company=LONG), "original", "traits"),
    ],
)
def test_id_that_mixpanel_may_cut_is_rejected(call: dict[str, Any], mode: str, field: str) -> None:
    """Two users or groups whose ids begin alike would become one."""
    target = destination(identityMergeApi=mode, groupKeySettings=[{"groupKey": "company"}])
    with pytest.raises(RejectedEvent) as caught:
        transform(call, target, now=NOW)
    assert (caught.value.code, caught.value.field) == ("ID_TOO_LONG", field)


@pytest.mark.parametrize(
    ("call", "mode"),
    [
        (track(userId=LONGEST), "original"),
        (track(anonymousId=LONG), "original"),
        (track(userId=None, anonymousId=LONGEST), "original"),
    ],
)
def test_id_that_is_short_enough_or_not_sent_is_accepted(call: dict[str, Any], mode: str) -> None:
    """With original merge, a track call does not send the anonymous id of a known user."""
    assert left_out(call, mode) == []


@MODES
@pytest.mark.parametrize(
    ("traits", "code"),
    [
        ({str(number): number for number in range(2001)}, "TOO_MANY_PROPERTIES"),
        ({"a": "x" * 1_048_576}, "TOO_LARGE"),
    ],
)
@pytest.mark.parametrize("kind", ["identify", "group"])
def test_profile_beyond_a_limit_is_rejected(
    kind: str, traits: dict[str, Any], code: str, mode: str
) -> None:
    """Mixpanel keeps 2,000 properties of a profile, and takes updates of 1 MB."""
    target = destination(identityMergeApi=mode, groupKeySettings=[{"groupKey": "company"}])
    call = track(type=kind, traits={"company": "c-1", **traits})
    with pytest.raises(RejectedEvent) as caught:
        transform(call, target, now=NOW)
    assert (caught.value.code, caught.value.field) == (code, "traits")


@pytest.mark.parametrize(
    ("anonymous_id", "device"),
    [("$device:18f2aa", "18f2aa"), ("18f2aa", "18f2aa"), ("$device:$device:a", "a")],
)
def test_device_has_one_prefix(anonymous_id: str, device: str) -> None:
    """Mixpanel reads `$device:` as its own prefix; a library or a sender may have added it."""
    call = track(userId=None, anonymousId=anonymous_id)
    [event] = transform(call, destination(identityMergeApi="simplified"), now=NOW)
    ids = event.payload["properties"]["distinct_id"], event.payload["properties"]["$device_id"]
    assert ids == (f"$device:{device}", device)


@pytest.mark.parametrize("anonymous_id", ["$device:", "$device:null"])
def test_placeholder_behind_a_prefix_is_no_device(anonymous_id: str) -> None:
    """It would merge unrelated users."""
    call = track(anonymousId=anonymous_id)
    assert [left_out(call, merge) for merge in ("simplified", "original")] == [["identifier"]] * 2


def test_prefix_stays_with_original_merge() -> None:
    """There an id with the prefix is another id, as which Mixpanel's library sends it, too."""
    call = track(userId=None, anonymousId="$device:18f2aa")
    [event] = transform(call, destination(identityMergeApi="original"), now=NOW)
    assert event.payload["properties"]["distinct_id"] == "$device:18f2aa"


JSON_TEXT = st.text('ab"\\é\n', max_size=8).map(lambda text: text * 60)
JSON_VALUE = st.recursive(
    JSON_TEXT | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(JSON_TEXT, inner)
)


@given(st.dictionaries(JSON_TEXT, JSON_VALUE))
def test_quick_look_misses_no_long_text(properties: dict[str, Any]) -> None:
    """What the walk finds, the look at the encoded event announces."""
    payload = {"properties": properties}
    encoded = Operation("import", payload).encoded
    assert may_be_cut(encoded, EVENT_VALUE_BYTES) or find_cut_texts(payload) == []
