"""What is sent of updates that come late."""

from typing import Any

import pytest

from rudder_mixpanel.message.stamps import stamp
from rudder_mixpanel.mixpanel.operations import Endpoint, Operation
from rudder_mixpanel.profiles.history import (
    ANY_UPDATE,
    MOST_PROPERTIES,
    History,
    ProfileNames,
)
from rudder_mixpanel.profiles.updates import ProfileUpdate, newer_part
from tests.build import TOKEN

NAMES = ProfileNames(b"k" * 32, TOKEN, "engage", "ann")
FIELDS = {"$token": TOKEN, "$distinct_id": "ann", "$ip": "192.0.2.1"}
LATE_FIELDS = {"$token": TOKEN, "$distinct_id": "ann", "$ignore_time": True}


def made_at(time: int, payload: dict[str, Any], endpoint: Endpoint = "engage") -> Operation:
    """An update that was made at this time."""
    return Operation(endpoint, payload, stamp=stamp(time, 10**9, "m"))


def history(**times: int) -> History:
    """A history in which these properties were set at these times, the newest update last."""
    stamps = {NAMES.hash(name): stamp(time, 10**9, "m") for name, time in times.items()}
    newest = max(times.values())
    return History({**stamps, NAMES.hash(ANY_UPDATE): stamp(newest, 10**9, "m")})


def sent(update: ProfileUpdate | None) -> Any:
    """The payload that is sent, if any, and whether a part is left out."""
    return update and (update.operation.payload, update.superseded)


def test_update_of_an_unknown_profile_is_sent_as_it_is() -> None:
    """There is nothing newer."""
    payload = {**FIELDS, "$set": {"plan": "pro"}}
    assert sent(newer_part(made_at(5, payload), History({}), NAMES)) == (payload, False)


@pytest.mark.parametrize("time", [7, 8])
def test_update_that_is_as_new_as_its_properties_is_sent_as_it_is(time: int) -> None:
    """A repeat has the same time."""
    payload = {**FIELDS, "$set": {"plan": "pro"}}
    assert sent(newer_part(made_at(time, payload), history(plan=7), NAMES)) == (payload, False)


@pytest.mark.parametrize(
    ("verb", "values"), [("$set", {"plan": "pro", "age": 3}), ("$unset", ["plan", "age"])]
)
def test_update_that_is_older_than_all_its_properties_is_not_sent(verb: str, values: Any) -> None:
    """Newer values win."""
    update = made_at(5, {**FIELDS, verb: values})
    assert newer_part(update, history(plan=7, age=6), NAMES) is None


@pytest.mark.parametrize(
    ("verb", "values", "rest"),
    [
        ("$set", {"plan": "pro", "age": 3, "city": "Rome"}, {"age": 3, "city": "Rome"}),
        ("$unset", ["plan", "age", "city"], ["age", "city"]),
    ],
)
def test_older_part_is_left_out(verb: str, values: Any, rest: Any) -> None:
    """And the rest moves neither location nor "last seen"."""
    update = made_at(5, {**FIELDS, verb: values})
    assert sent(newer_part(update, history(plan=7, age=4), NAMES)) == (
        {**LATE_FIELDS, verb: rest},
        True,
    )


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("$set", {"city": "Rome"}),
        ("$set", {}),
        ("$set_once", {"plan": "pro"}),
        ("$union", {"plan": ["pro"]}),
        ("$append", {"plan": "pro"}),
    ],
)
def test_late_update_that_overwrites_nothing_moves_only_what_it_changes(
    verb: str, values: Any
) -> None:
    """The user has been seen since, perhaps elsewhere."""
    update = made_at(5, {**FIELDS, verb: values})
    assert sent(newer_part(update, history(plan=7), NAMES)) == (
        {**LATE_FIELDS, verb: values},
        False,
    )


def test_late_update_of_a_group_gets_no_field_of_users() -> None:
    """Groups have neither location nor "last seen"."""
    names = ProfileNames(b"k" * 32, TOKEN, "groups", "company", "acme")
    fields = {"$token": TOKEN, "$group_key": "company", "$group_id": "acme"}
    known = History(
        {
            names.hash("plan"): stamp(7, 10**9, "m"),
            names.hash(ANY_UPDATE): stamp(7, 10**9, "m"),
        }
    )
    update = made_at(5, {**fields, "$set": {"plan": "pro", "size": 3}}, "groups")
    assert sent(newer_part(update, known, names)) == ({**fields, "$set": {"size": 3}}, True)


def test_accepted_update_is_noted_for_what_was_sent_of_it() -> None:
    """And as an update of the profile."""
    update = made_at(5, {**FIELDS, "$set": {"plan": "pro", "age": 3}})
    part = newer_part(update, history(plan=7), NAMES)
    assert part is not None
    assert set(part.names) == {NAMES.hash("age"), NAMES.hash(ANY_UPDATE)}


def test_update_of_as_many_properties_as_a_profile_may_have_shuts_out_older_ones() -> None:
    """Its history is full, and has no room for one more entry."""
    names = [f"trait-{n}" for n in range(MOST_PROPERTIES)]
    part = newer_part(made_at(7, {**FIELDS, "$set": dict.fromkeys(names, 1)}), History({}), NAMES)
    assert part is not None
    full = History({})
    full.note(part.names, stamp(7, 10**9, "m"))
    read = History.decode(full.encode())
    update = made_at(5, {**FIELDS, "$set": dict.fromkeys([*names[:-1], "city"], 0)})
    late = newer_part(update, read, NAMES)
    assert late is not None
    assert names[-2] not in late.operation.payload["$set"]


def test_older_part_is_left_out_of_an_update_when_no_time_of_the_newest_is_known() -> None:
    """The history of another profile in the same item may have taken its place."""
    known = History({NAMES.hash("plan"): stamp(7, 10**9, "m")})
    update = made_at(5, {**FIELDS, "$set": {"plan": "pro", "age": 3}})
    assert sent(newer_part(update, known, NAMES)) == ({**LATE_FIELDS, "$set": {"age": 3}}, True)
