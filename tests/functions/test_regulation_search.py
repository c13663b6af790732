"""Searches for regulations by reference and time, and users without a userId."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.functions.regulations import TOKENS, RegulationsFunctions, deletion, suppression


def found(regulations: RegulationsFunctions, **conditions: Any) -> list[str]:
    """The references of the regulations that a search finds, in order."""
    response = regulations.call("POST", "/v2/regulations/search", conditions)
    return [regulation["reference"] for regulation in response.json()["data"]]


def request_on(regulations: RegulationsFunctions, *days: int) -> None:
    """Request a deletion at noon on each of these days of January, with the day as reference."""
    for day in days:
        regulations.set_clock(datetime(2027, 1, day, 12, tzinfo=UTC))
        regulations.request_deletion(f"user-{day}", reference=f"day-{day}")


def test_reference_is_in_every_answer(regulations: RegulationsFunctions) -> None:
    """Without the blanks around it."""
    [created] = regulations.request_deletion("ann", reference=" DSR-7 ").json()
    path = f"/v2/regulations/{created['id']}"
    answers = [
        created,
        regulations.call("GET", path).json(),
        regulations.call("GET", f"{path}/report").json()["regulation"],
        regulations.call("GET", "/v2/regulations").json()["data"][0],
        regulations.call("DELETE", path).json(),
    ]
    assert [answer["reference"] for answer in answers] == ["DSR-7"] * 5


def test_same_wish_under_another_reference_keeps_the_first(
    regulations: RegulationsFunctions,
) -> None:
    """It is still one regulation."""
    [first] = regulations.request_deletion("ann", reference="DSR-7").json()
    [second] = regulations.request_deletion("ann", reference="DSR-8").json()
    assert (second["id"], second["reference"]) == (first["id"], "DSR-7")


def test_suppression_has_no_expected_completion(regulations: RegulationsFunctions) -> None:
    """Nothing is deleted."""
    [created] = regulations.call("POST", "/v2/regulations", suppression("ann")).json()
    assert created["expectedCompletionAt"] is None


@pytest.mark.parametrize(
    ("conditions", "references"),
    [
        ({}, ["day-1", "day-2", "day-3"]),
        ({"reference": "day-2"}, ["day-2"]),
        ({"reference": " day-2 "}, ["day-2"]),
        ({"reference": "day"}, []),
        ({"from": "2027-01-02"}, ["day-2", "day-3"]),
        ({"to": "2027-01-02"}, ["day-1"]),
        ({"from": "2027-01-02", "to": "2027-01-03"}, ["day-2"]),
        ({"from": "2027-01-02T12:00:00Z"}, ["day-2", "day-3"]),
        ({"from": "2027-01-02T12:00:00.5Z"}, ["day-3"]),
        ({"from": "2027-01-02T14:00:00+01:00"}, ["day-3"]),
        ({"to": "2027-01-02T12:00:00"}, ["day-1"]),
        ({"to": "2027-01-02T12:00:00.5"}, ["day-1", "day-2"]),
        ({"from": "2027-01-02", "userId": "user-1"}, []),
        ({"from": "2027-01-02", "userId": "user-2"}, ["day-2"]),
        ({"from": "2027-01-02", "state": "completed"}, []),
        ({"from": "0001-01-01", "to": "9999-12-31"}, ["day-1", "day-2", "day-3"]),
    ],
)
def test_search_by_reference_and_time(
    regulations: RegulationsFunctions, conditions: dict[str, Any], references: list[str]
) -> None:
    """Submitted at `from` or later, and before `to`; all conditions hold."""
    request_on(regulations, 1, 2, 3)
    assert found(regulations, **conditions) == references


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": 7}, "from"),
        ({"to": "2027-02-30"}, "to"),
        ({"to": ""}, "to"),
        ({"from": "2027-01-02", "to": "2027-01-02"}, "to"),
        ({"reference": 7}, "reference"),
        ({"reference": "r" * 101}, "reference"),
        ({"userId": 7}, "userId"),
        ({"anonymousId": "a" * 501}, "anonymousId"),
        ({"userId": "ann", "anonymousId": "device"}, "anonymousId"),
        ({"until": "2027-01-02"}, "until"),
        ({"state": "done"}, "state"),
    ],
)
def test_wrong_condition_is_named(
    regulations: RegulationsFunctions, conditions: dict[str, Any], field: str
) -> None:
    """A search never ignores a condition, and so finds too much."""
    response = regulations.call("POST", "/v2/regulations/search", conditions)
    error = response.json()
    assert (response.status_code, error["code"], error["field"]) == (400, "INVALID_FIELD", field)


def test_unknown_condition_that_cannot_be_shown_is_refused(
    regulations: RegulationsFunctions,
) -> None:
    """Without its name."""
    response = regulations.call("POST", "/v2/regulations/search", {"\n": 1})
    assert (response.status_code, response.json()["code"], "field" in response.json()) == (
        400,
        "INVALID_FIELD",
        False,
    )


@pytest.mark.parametrize("identifiers", [["anonymousId"], ["email"], []])
def test_visitor_without_a_user_id_is_suppressed_and_found(
    regulations: RegulationsFunctions, identifiers: list[str]
) -> None:
    """By the anonymousId, whatever identifiers the settings name."""
    regulations.set_settings(deletionIdentifiers=identifiers)
    body = deletion(users=[{"anonymousId": "device"}], reference="visitor")
    response = regulations.call("POST", "/v2/regulations", body)
    actual = (
        [regulation["attributes"] for regulation in response.json()],
        regulations.suppressed("device", "$device:device", "other"),
        found(regulations, anonymousId="device"),
    )
    suppressed = {"device": True, "$device:device": True, "other": False}
    assert actual == ([{"anonymousId": "device"}], suppressed, ["visitor"])


def test_identifiers_are_shown_to_a_caller_who_may_see_users(
    regulations: RegulationsFunctions,
) -> None:
    """To others, only hashes of them."""
    [created] = regulations.request_deletion("ann").json()
    path = f"/v2/regulations/{created['id']}"
    shown = regulations.call("GET", path, authorization=f"Bearer {TOKENS['viewer']}").json()
    hidden = regulations.call("GET", path).json()
    assert (shown["attributes"], hidden["attributes"], len(hidden["pseudonyms"])) == (
        {"userId": "ann"},
        {},
        1,
    )
