"""Parts of an event that are not sent are counted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.track import numeric_value
from rudder_mixpanel.message.times import since_epoch
from tests.build import destination, identify, track

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({}, []),
        ({"properties": {"revenue": "free"}}, ["charge"]),
        ({"properties": {"seats": "many", "logins": True}}, ["increment", "increment"]),
        ({"properties": {"revenue": "", "seats": 0}}, []),
        ({"userId": "null"}, ["identifier"]),
        ({"userId": 0}, ["identifier"]),
        ({"userId": {"id": 1}}, ["identifier"]),
        ({"anonymousId": "undefined"}, ["identifier"]),
        ({"userId": ""}, []),
        ({"userId": " "}, []),
    ],
)
def test_left_out_parts_are_counted(changes: dict[str, Any], left_out: list[str]) -> None:
    """Charges and counters that are not numbers, and placeholders for ids."""
    target = destination(people=True, propIncrements=["seats", "logins"])
    assert map_message(track(**changes), target, now=since_epoch(NOW))[1] == left_out


@pytest.mark.parametrize(
    ("previous", "left_out"), [("null", ["identifier"]), ("", []), (None, []), ("u-0", [])]
)
def test_placeholder_for_a_previous_id_is_counted(previous: Any, left_out: list[str]) -> None:
    """The anonymous id replaces it, which the count explains."""
    call = {"type": "alias", "userId": "u-1", "anonymousId": "a-1", "previousId": previous}
    target = destination(identityMergeApi="original")
    assert map_message(call, target, now=since_epoch(NOW))[1] == left_out


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("own", "of_context", "left_out"),
    [
        ({"address": {"city": "Oslo", "street": "s", "zip": "z", "line": ""}}, {}, ["trait"] * 2),
        ({"address": "Main St 1"}, {}, ["trait"]),
        ({"city": "Bergen", "address": {"city": "Oslo", "country": "NO"}}, {}, ["replaced"]),
        ({"city": "Oslo", "address": {"city": "Oslo"}}, {}, []),
        ({"firstName": "Ada", "firstname": "Bea", "first_name": "Cleo"}, {}, ["replaced"] * 2),
        ({"username": "", "userName": "ada"}, {}, []),
        ({"userName": "ada"}, {"username": "bea"}, ["replaced"]),
        ({"email": "a@example.com"}, {"email": "b@example.com"}, ["replaced"]),
        ({"email": "a@example.com"}, {"email": ""}, []),
        ({"$email": "a@example.com", "email": "b@example.com"}, {}, ["replaced"]),
        ({"plan": "pro"}, {"plan": "free"}, ["replaced"]),
        ({"plan": "pro"}, {"plan": "pro"}, []),
    ],
)
def test_trait_that_is_not_sent_is_counted(
    own: dict[str, Any], of_context: dict[str, Any], left_out: list[str], *, listed: bool
) -> None:
    """Whether a list names it or not."""
    names = [*own, *of_context] if listed else []
    call = identify(traits=own, context={"traits": of_context})
    target = destination(appendProperties=names)
    assert map_message(call, target, now=since_epoch(NOW))[1] == left_out


@pytest.mark.parametrize(
    ("own", "of_context", "names", "left_out"),
    [
        ({"a": {"key": 1}, "b": {"key": 2}}, {}, ["a.key", "b.key"], ["replaced"]),
        ({"b": {"key": 1}}, {"a": {"key": 2}}, ["a.key", "b.key"], ["replaced"]),
        ({}, {"a": {"key": 1}, "b": {"key": 2}}, ["a.key", "b.key"], ["replaced"]),
        ({"a": {"key": 1}, "b": {"key": 1}}, {}, ["a.key", "b.key"], []),
        ({"home": {"address": {"street": "s"}}}, {}, ["home.address"], ["trait"]),
        ({"state": "a", "location": {"region": "b"}}, {}, ["state", "location"], []),
    ],
)
def test_listed_trait_that_is_not_sent_is_counted(
    own: dict[str, Any], of_context: dict[str, Any], names: list[str], left_out: list[str]
) -> None:
    """Of several with the same last segment one is sent; of a location also the whole."""
    call = identify(traits=own, context={"traits": of_context})
    target = destination(setOnceProperties=names)
    assert map_message(call, target, now=since_epoch(NOW))[1] == left_out


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        (5.5, 5.5),
        (-5, -5),
        ("5", 5),
        (" 45.89 ", 45.89),
        ("+.5e1", 5),
        ("5.", 5),
        ("0", 0),
        (2**64, float(2**64)),
        ("9" * 200, 1e200),
    ],
    ids=repr,
)
def test_number_is_read(value: Any, number: float) -> None:
    """From numbers and from text."""
    assert numeric_value(value) == number


@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        "",
        "abc",
        "1,000",
        "$5",
        "0x10",
        "1_000",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "infinity",
        "nan",
        "1e999",
        float("inf"),
        float("nan"),
        [5],
        {},
        pytest.param("9" * 5000, id="5,000 digits"),
        pytest.param(10**5000, id="10 to the 5,000"),
        pytest.param("1" * 1_000_000 + "x", id="a million digits and a letter"),
    ],
    ids=repr,
)
def test_anything_else_is_not_a_number(value: Any) -> None:
    """Neither other text nor numbers beyond the limit, of any length."""
    assert numeric_value(value) is None


def test_whole_numbers_stay_whole() -> None:
    """A counter of 1 is sent as 1, not as 1.0."""
    assert str(numeric_value("1.0")) == "1"
