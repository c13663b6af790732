"""Explanations of names, of ids that merge users, and of what Mixpanel itself changes."""

from typing import Any

import pytest

from rudder_mixpanel_cli.compare.account import MOST_FINDINGS
from tests.build import destination, track, without_none
from tests.unit.cli.compare.delivered import ALIAS, ALIAS_SENT, PAGE, PAGE_SENT, SCREEN, SCREEN_SENT
from tests.unit.cli.compare.sides import (
    ARRIVAL,
    Row,
    compared,
    explained,
    keys_of,
    row_of,
    rows_sent_here,
    unexplained,
)

ONE_TRUST = {"provider": "oneTrust"}
RECEIVED = {"receivedAt": "2026-12-31T12:00:00Z"}


def template(kind: str, text: str) -> dict[str, Any]:
    """The settings of a template."""
    return {f"useUserDefined{kind}EventName": True, f"userDefined{kind}EventTemplate": text}


def renamed(payload: Row, name: str) -> Row:
    """The row of an event under another name."""
    return {**row_of(payload), "event": name}


@pytest.mark.parametrize(
    ("call", "payload", "name", "settings", "key"),
    [
        (
            {**PAGE, "name": "a$&b"},
            {**PAGE_SENT, "properties": {**PAGE_SENT["properties"], "name": "a$&b"}},
            "Viewed a{{ name }}b",
            template("Page", "Viewed {{ name }}"),
            "template-patterns",
        ),
        (SCREEN, SCREEN_SENT, "{{ name }}", template("Screen", "{{ name }}"), "name-in-template"),
        (
            SCREEN,
            SCREEN_SENT,
            "On screen",
            template("Screen", "On {{ name }} screen"),
            "name-in-template",
        ),
    ],
)
def test_name_of_a_template_is_explained(
    call: Row, payload: Row, name: str, settings: Any, key: str
) -> None:
    """Where it is exactly what RudderStack makes of the template."""
    account = compared([call], [renamed(payload, name)], destination(**settings))
    other = compared([call], [renamed(payload, f"{name}.")], destination(**settings))
    assert (key, "event", "another value") in explained(account)
    assert ("event", "another value") in unexplained(other)


def test_numbers_of_an_alias_are_explained() -> None:
    """RudderStack sends them as they are; another number is another event."""
    call = {**ALIAS, "userId": 9, "previousId": 8}
    numbers = {**ALIAS_SENT, "properties": {"alias": 9, "distinct_id": 8}}
    others = {**ALIAS_SENT, "properties": {"alias": 9, "distinct_id": 7}}
    assert keys_of(compared([call], [row_of(numbers)])) == {"ids-as-text", "identity-events"}
    assert compared([call], [row_of(others)]).missing == 1


def test_merge_without_the_time_of_its_arrival_is_unexplained() -> None:
    """RudderStack sends none, so that Mixpanel's is that of the arrival."""
    row = row_of(ALIAS_SENT)
    row["properties"]["time"] -= 3_600_000
    assert set(unexplained(compared([ALIAS], [row]))) == {
        ("properties.time", "another value"),
        ("properties.$insert_id", "not in Mixpanel"),
    }


@pytest.mark.parametrize(
    ("call", "settings", "key"),
    [
        (
            {
                "context": {
                    "consentManagement": {"provider": "oneTrust", "deniedConsentIds": [1, "c"]}
                }
            },
            {"consentManagement": [{**ONE_TRUST, "consents": [{"consent": "c"}]}]},
            "denied-consents",
        ),
        ({"properties": {"a": [[[[[[[[[[[[1]]]]]]]]]]]]}}, {}, "limits"),
        (
            {"context": {"region": "mars"}},
            {"dataResidency": "{{ message.context.region || us }}"},
            "dynamic-settings",
        ),
    ],
)
def test_event_that_rudderstack_sends_nevertheless_is_explained(
    call: Row, settings: Any, key: str
) -> None:
    """It is filtered or rejected here for a documented reason."""
    message = track(**RECEIVED, **call)
    row = rows_sent_here([track()], destination())
    account = compared([message], row, destination(**settings))
    assert (keys_of(account), account.unexplained) == ({key}, 0)


def test_time_in_the_future_becomes_that_of_the_arrival() -> None:
    """Which another property has, too."""
    call = track(**RECEIVED, timestamp="2026-12-31T12:30:00Z")
    (row,) = rows_sent_here([call], destination())
    row["properties"]["time"] = ARRIVAL + 1
    replaced = compared([call], [row])
    row["properties"]["time"] = ARRIVAL + 90_000
    assert (explained(replaced), replaced.equal) == ({}, 1)
    assert unexplained(compared([call], [row])) == [("properties.time", "another value")]


def test_event_of_a_hot_shard_is_mixpanels_own() -> None:
    """Its name and its user are gone, and kept in other properties."""
    call = track(**RECEIVED)
    (row,) = rows_sent_here([call], destination())
    row["event"] = "$hotshard_events"
    row["properties"] |= {
        "distinct_id": "",
        "mp_original_event_name": "Order Completed",
        "mp_original_distinct_id": "user-1",
    }
    account = compared([call], [row])
    assert (explained(account), account.equal) == ({}, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("$import", "true"),
        ("$mp_api_endpoint", "not a host"),
        ("$mp_api_timestamp_ms", 5),
        ("$mp_event_size", -1),
        ("$failure_reason", "merge"),
        ("$city", 5),
    ],
)
def test_property_that_mixpanel_does_not_write_so_is_unexplained(name: str, value: Any) -> None:
    """The names alone explain nothing."""
    call = track(context={"ip": "203.0.113.7"}, **RECEIVED)
    (row,) = rows_sent_here([call], destination())
    row["properties"][name] = value
    assert unexplained(compared([call], [row])) == [(f"properties.{name}", "only in Mixpanel")]


def test_address_that_mixpanel_has_is_compared() -> None:
    """Should an export have it."""
    call = track(context={"ip": "203.0.113.7, 10.0.0.1"}, **RECEIVED)
    (row,) = rows_sent_here([call], destination())
    row["properties"]["ip"] = "203.0.113.7, 10.0.0.1"
    assert keys_of(compared([call], [row])) == {"lists-of-addresses"}
    row["properties"]["ip"] = "203.0.113.8"
    assert unexplained(compared([call], [row])) == [("properties.ip", "another value")]


def test_findings_are_bounded() -> None:
    """Of too many different ones, the rest counts as one."""
    calls = [track(messageId=f"m-{i}", properties={}) for i in range(12)]
    rows = rows_sent_here(calls, destination())
    for i, row in enumerate(rows):
        row["properties"] |= {f"p{i}x{j}": 1 for j in range(100)}
    account = compared(calls, rows)
    assert len(account.findings.counts) <= MOST_FINDINGS + 2
    assert account.unexplained == 1_200


def test_repeated_calls_are_not_missing() -> None:
    """RudderStack's export may have an event twice."""
    call = without_none(track(**RECEIVED))
    account = compared([call, call], rows_sent_here([call], destination()))
    assert (account.repeated, account.missing, account.equal) == (1, 0, 1)


@pytest.mark.parametrize("time", [10**300, 1e300, float("inf"), float("nan"), -(10**30)])
def test_time_that_no_clock_shows_is_another_value(time: float) -> None:
    """However large."""
    (row,) = rows_sent_here([track(**RECEIVED)], destination())
    row["properties"]["time"] = time
    assert ("properties.time", "another value") in unexplained(compared([track(**RECEIVED)], [row]))


def test_half_of_a_surrogate_pair_is_sent_as_a_replacement() -> None:
    """Mixpanel's export may have it as it came."""
    call = track(properties={"note": "a\ufffd"}, **RECEIVED)
    (row,) = rows_sent_here([call], destination())
    row["properties"]["note"] = "a\ud83d"
    assert explained(compared([call], [row])) == {}
