"""An id has one spelling: in events, the table of suppressed users, deletions and reports."""

import json
from typing import Any, Final
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.envelopes import decode_json
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.message.identity import DEVICE, device_id, plain_id, usable_id
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.regulations.requests import read_user
from rudder_mixpanel.suppression import pseudonym
from tests.build import SENT_AT, TOKEN, destination, identify, track
from tests.fakes.delivery import FakeDeliveryDependencies, deliver_bodies, outcomes_of

KEY: Final = b"k" * 32
BLANKS: Final = st.sampled_from(["", " ", "\t", "\n ", "\u00a0"])
LETTERS: Final = "aZ7-:$\u00e9\u0301\u1e9b\u0323 "
MODES: Final = st.sampled_from(["original", "simplified"])
PLAIN_IDS: Final = st.text(LETTERS, min_size=1, max_size=12).map(plain_id).filter(usable_id)
NUMBERS: Final = st.integers(1, 10**30)
CALLS: Final = st.sampled_from(["track", "page", "screen", "identify", "group", "alias"])


@st.composite
def spellings_of(draw: st.DrawFn, plain: str) -> Any:
    """One of the spellings of an id that libraries and senders use."""
    if plain.isdigit() and not plain.startswith("0") and draw(st.booleans()):
        return int(plain)
    written = draw(st.sampled_from([normalize("NFC", plain), normalize("NFD", plain)]))
    prefix = draw(st.sampled_from(["", DEVICE, DEVICE, f"{DEVICE} {DEVICE}"]))
    return f"{draw(BLANKS)}{prefix}{draw(BLANKS)}{written}{draw(BLANKS)}"


@st.composite
def ids_in_two_spellings(draw: st.DrawFn) -> tuple[str, Any, Any]:
    """An id, and two spellings of it."""
    plain = draw(PLAIN_IDS | NUMBERS.map(str))
    return plain, draw(spellings_of(plain)), draw(spellings_of(plain))


def call_of(kind: str, **ids: Any) -> dict[str, Any]:
    """A call that names these ids only."""
    traits = {"company": "acme", "plan": "pro"}
    message = {**track(userId=None, anonymousId=None), "type": kind, "traits": traits, "name": "A"}
    if kind == "alias":
        ids = {"previousId" if "userId" in ids else "userId": "somebody", **ids}
    return {**message, **ids}


def operations_of(message: dict[str, Any], mode: str) -> list[Operation]:
    """The operations of a message, as it comes out of the queue."""
    target = destination(identityMergeApi=mode, groupKeySettings=["company"])
    return map_message(decode_json(json.dumps(message)), target, now=SENT_AT)[0]


def deleted_with(attributes: dict[str, Any], mode: str) -> list[str]:
    """The ids that a regulation about a user deletes."""
    settings = DeletionSettings.from_config({"token": TOKEN, "identityMergeApi": mode})
    user = decode_json(json.dumps({"userId": "somebody", **attributes}))
    return settings.ids_of(read_user(user, "users"))


@given(ids_in_two_spellings())
def test_all_spellings_have_one_pseudonym(ids: tuple[str, Any, Any]) -> None:
    """With and without prefix and blanks, as number and text, and in both Unicode forms."""
    texts = [usable_id(spelling) or "" for spelling in ids]
    assert len({pseudonym(KEY, text) for text in texts}) == 1


@given(st.text(LETTERS))
def test_the_plain_form_is_final(text: str) -> None:
    """Taken again, it does not change."""
    assert plain_id(plain_id(text)) == plain_id(text)


@given(PLAIN_IDS, PLAIN_IDS)
def test_different_ids_have_different_pseudonyms(one: str, other: str) -> None:
    """Nobody is suppressed for somebody else."""
    assert (pseudonym(KEY, one) == pseudonym(KEY, other)) is (one == other)


@given(CALLS, MODES, ids_in_two_spellings(), st.sampled_from(["userId", "anonymousId"]))
def test_suppressed_user_sends_nothing_in_any_spelling(
    kind: str, mode: str, ids: tuple[str, Any, Any], field: str
) -> None:
    """Whichever spelling the regulation has, and whichever the event."""
    _, held, sent = ids
    fakes = FakeDeliveryDependencies(identityMergeApi=mode, groupKeySettings=["company"])
    fakes.suppressions.hold(usable_id(held) or "")
    delivery = deliver_bodies(fakes, call_of(kind, **{field: sent}))
    assert (outcomes_of(delivery), fakes.requests) == ([("suppressed", "")], [])


@given(ids_in_two_spellings())
def test_both_ids_of_an_event_are_looked_up(ids: tuple[str, Any, Any]) -> None:
    """With simplified merge, an event that belongs to a user names the device, too."""
    _, held, sent = ids
    fakes = FakeDeliveryDependencies(identityMergeApi="simplified")
    fakes.suppressions.hold(usable_id(held) or "")
    delivery = deliver_bodies(fakes, identify(userId="u-1"), track(anonymousId=sent))
    assert [name for name, _ in outcomes_of(delivery)] == ["delivered", "suppressed"]


@given(CALLS, MODES, ids_in_two_spellings(), st.sampled_from(["userId", "anonymousId"]))
def test_deletion_names_the_ids_that_mixpanel_knows(
    kind: str, mode: str, ids: tuple[str, Any, Any], field: str
) -> None:
    """Those of events as the regulation spells the id, and those of events with the plain id."""
    plain, spelling, _ = ids
    mode = "original" if kind == "alias" else mode
    # With simplified merge, a user's id with the prefix is a device's id.
    is_device = field == "userId" and DEVICE in str(spelling)
    known = {
        id_
        for value in ((spelling,) if is_device else (plain, spelling))
        for operation in operations_of(call_of(kind, **{field: value}), mode)
        for id_ in distinct_ids(operation)
    }
    assert known - set(deleted_with({field: str(spelling)}, mode)) <= {"somebody"}


def distinct_ids(operation: Operation) -> set[str]:
    """The ids under which an operation is known at Mixpanel."""
    fields = operation.payload.get("properties", operation.payload)
    if operation.endpoint == "groups":
        return set()
    named = {fields[name] for name in ("distinct_id", "$distinct_id") if name in fields}
    return named | ({fields["alias"]} if "alias" in fields else set())


@given(ids_in_two_spellings())
def test_simplified_merge_has_one_device_for_all_prefixes(ids: tuple[str, Any, Any]) -> None:
    """A library's own prefix makes no second device, on events and on profiles."""
    plain, _, _ = ids
    messages = [
        call_of(kind, anonymousId=f"{prefix}{plain}")
        for kind in ("track", "identify")
        for prefix in ("", DEVICE, DEVICE * 2)
    ]
    known = {
        id_
        for message in messages
        for operation in operations_of(message, "simplified")
        for id_ in distinct_ids(operation)
    }
    assert known == {f"{DEVICE}{device_id(plain)}"}


@given(ids_in_two_spellings())
def test_counter_has_one_key_for_all_prefixes(ids: tuple[str, Any, Any]) -> None:
    """A repeat with a prefix counts no second time."""
    plain, _, _ = ids
    target = destination(identityMergeApi="simplified", propIncrements=["n"])
    calls = [
        call_of("track", anonymousId=f"{prefix}{plain}", properties={"n": 1})
        for prefix in ("", DEVICE)
    ]
    operations = [item for call in calls for item in map_message(call, target, now=SENT_AT)[0]]
    assert len({operation.key for operation in operations} - {""}) == 1


@given(NUMBERS, NUMBERS)
def test_numbers_stay_different_users(one: int, other: int) -> None:
    """However long they are."""
    ids = {operations_of(call_of("track", userId=n), "original")[0].ids for n in (one, other)}
    assert ids == {(str(one),), (str(other),)}


@given(NUMBERS | st.sampled_from([True, "acme", " 7", "0"]), MODES)
def test_group_has_one_id_everywhere(group: Any, mode: str) -> None:
    """In the membership, on the group's profile, on events, and in traits of its name: text."""
    target = destination(identityMergeApi=mode, groupKeySettings=["company"])
    messages = [
        call_of("group", userId="u-1", traits={"company": group}),
        call_of("track", userId="u-1", properties={"company": group}),
        call_of("identify", userId="u-1", traits={"company": group}),
    ]
    membership, profile, event, trait = [
        operation.payload
        for message in messages
        for operation in map_message(decode_json(json.dumps(message)), target, now=SENT_AT)[0]
    ]
    text = "true" if group is True else str(group)
    assert (
        membership["$set"]["company"],
        (profile["$group_id"], profile["$set"]["company"]),
        event["properties"]["company"],
        trait["$set"]["company"],
    ) == ([text], (text, text), text, text)
