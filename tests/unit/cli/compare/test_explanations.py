"""What RudderStack delivered is explained, each difference by the decision behind it."""

from typing import Any, NamedTuple

import pytest

from rudder_mixpanel_cli.compare import rules
from rudder_mixpanel_cli.compare.account import Account
from rudder_mixpanel_cli.compare.artefacts import ARTEFACTS
from rudder_mixpanel_cli.differences.choice import DIFFERENCES
from tests.build import destination, track
from tests.unit.cli.compare.delivered import CALLS, SENT_BY_RUDDERSTACK
from tests.unit.cli.compare.sides import (
    ARRIVAL,
    absent,
    compared,
    explained,
    keys_of,
    row_of,
    rows_sent_here,
    unexplained,
)

PRESET = {"compatibility": "rudderstack", "groupKeySettings": ["company"]}
OWN_NAMES = {"groupKeySettings": ["company"]}
ANOTHER = "another value"
IDENTITY = {
    ("identity-events", "properties.time", ANOTHER): 2,
    ("identity-events", "properties.$insert_id", "not in Mixpanel"): 2,
}


def test_keys_are_unique_and_every_rule_names_one() -> None:
    """An explanation is found by its key, and a program can rely on it."""
    keys = [each.key for each in (*ARTEFACTS, *DIFFERENCES)]
    used = {rule.key for rule in (*rules.OF_MISMATCHES, *rules.OF_ABSENCES, *rules.OF_PRESENCES)}
    assert (len(keys), used - set(keys)) == (len(set(keys)), set())


def test_every_artefact_has_a_rule() -> None:
    """None is listed that never explains anything."""
    keys = {rule.key for rule in rules.OF_MISMATCHES}
    assert {each.key for each in ARTEFACTS} <= keys


def test_nothing_is_unexplained_with_the_preset() -> None:
    """Only the ids of an event with an illegal messageId, and of those that merge users, differ."""
    account = compared(CALLS, map(row_of, SENT_BY_RUDDERSTACK), destination(**PRESET))
    assert (account.unexplained, account.compared, account.others) == (0, 5, 0)
    assert explained(account) == {
        **IDENTITY,
        ("insert-id", "properties.$insert_id", ANOTHER): 1,
    }
    assert (account.updates, account.messages) == (3, 6)


def test_names_are_explained_without_the_preset() -> None:
    """By two more decisions."""
    account = compared(CALLS, map(row_of, SENT_BY_RUDDERSTACK), destination(**OWN_NAMES))
    assert (account.unexplained, keys_of(account)) == (
        0,
        {"page-name", "screen-name", "insert-id", "identity-events"},
    )


def event(name: Any = "Order Completed", **properties: Any) -> dict[str, Any]:
    """An event of `track()` as RudderStack sends it; None removes a property."""
    sent = {
        "order_id": "o-1",
        "distinct_id": "user-1",
        "$user_id": "user-1",
        "time": ARRIVAL,
        "$insert_id": "b1f0d9a2-7c55-4a8e-9d3c-0f6f7a1f2e11",
        **properties,
    }
    known = {key: value for key, value in sent.items() if value is not None}
    return row_of({"event": name, "properties": known})


SIMPLIFIED = {"identityMergeApi": "simplified"}
GROUPS = {"groupKeySettings": ["company"]}


class Rule(NamedTuple):
    """A difference: the call, what RudderStack sends of it, and values that it does not send."""

    key: str
    call: dict[str, Any]
    sent: dict[str, Any]
    beside: dict[str, Any]
    settings: dict[str, Any] = {}  # noqa: RUF012 - it is never changed


RULES = [
    Rule("number-as-name", {"event": 5}, {"name": 5}, {"name": 6}),
    Rule(
        "placeholder-ids",
        {"userId": "null"},
        {"distinct_id": "null", "$user_id": "null"},
        {"distinct_id": "none", "$user_id": "null"},
    ),
    Rule(
        "placeholder-ids",
        {"userId": 0},
        {"distinct_id": "device-1", "$user_id": 0},
        {"$user_id": 1},
    ),
    Rule(
        "device-prefix",
        {"userId": None, "anonymousId": "$device:d"},
        {"distinct_id": "$device:$device:d", "$device_id": "$device:d", "$user_id": None},
        {"distinct_id": "$device:$device:e", "$device_id": "$device:d", "$user_id": None},
        SIMPLIFIED,
    ),
    Rule(
        "number-text",
        {"userId": 0.00001},
        {"distinct_id": "0.00001", "$user_id": "0.00001"},
        {"distinct_id": "0.0001", "$user_id": "0.00001"},
    ),
    Rule(
        "number-text",
        {"userId": 2**60 + 1},
        {"distinct_id": "1152921504606847000", "$user_id": "1152921504606847000"},
        {"distinct_id": "1152921504606847001", "$user_id": "1152921504606847000"},
    ),
    Rule("insert-id", {"messageId": "a:b"}, {"$insert_id": "a:b"}, {"$insert_id": "a:c"}),
    Rule("insert-id", {"messageId": None}, {"$insert_id": None}, {"$insert_id": "a:b"}),
    Rule("insert-id", {"messageId": None}, {"$insert_id": "0123456789abcdef"}, {"$insert_id": 7}),
    Rule(
        "ids-as-text",
        {"properties": {"order_id": "o-1", "company": 5}},
        {"company": 5},
        {"company": 6},
        GROUPS,
    ),
    Rule(
        "ids-as-text",
        {"properties": {"order_id": "o-1", "company": ["a", True]}},
        {"company": ["a", True]},
        {"company": ["a", False]},
        GROUPS,
    ),
    Rule(
        "group-keys-on-events",
        {"traits": {"company": "acme"}},
        {},
        {"company": "other"},
        {**GROUPS, "groupKeysOnEvents": True},
    ),
    Rule(
        "year-as-time",
        {"timestamp": "2026", "originalTimestamp": "2026-12-31T12:00:00Z"},
        {"time": 1_767_225_600_000},
        {"time": 1_767_225_600_001},
    ),
    Rule(
        "lists-of-addresses",
        {"context": {"ip": "unknown"}},
        {"mp_country_code": "US"},
        {"mp_country_code": "nowhere"},
    ),
    Rule(
        "request-ip",
        {"request_ip": "198.51.100.1", "channel": "server"},
        {"mp_country_code": "US"},
        {"mp_country_code": 7},
    ),
    Rule("location", {}, {"$city": "Ashburn", "mp_country_code": "US"}, {"$city": "Ashburn"}),
    Rule(
        "browsers",
        {"channel": "web", "context": {"userAgent": "Newly Browser/7.1"}},
        {"$browser": "Newly Browser", "$browser_version": "7.1"},
        {"$browser": "Another", "$browser_version": "7.1"},
    ),
    Rule(
        "large-numbers",
        {"properties": {"order_id": 2**60 + 1}},
        {"order_id": 2**60},
        {"order_id": 2**60 + 4096},
    ),
    Rule(
        "large-numbers",
        {"properties": {"order_id": str(2**70 + 1)}},
        {"order_id": float(2**70)},
        {"order_id": float(2**71)},
    ),
]


@pytest.mark.parametrize("rule", RULES)
def test_difference_is_explained_by_its_decision(rule: Rule) -> None:
    """Where Mixpanel has exactly what RudderStack sends."""
    account = compared_with(rule, rule.sent)
    assert (keys_of(account), account.unexplained) == ({rule.key}, 0)


@pytest.mark.parametrize("rule", RULES)
def test_value_that_rudderstack_does_not_send_is_unexplained(rule: Rule) -> None:
    """Each explanation is narrow."""
    assert unexplained(compared_with(rule, rule.beside)) != []


def compared_with(rule: Rule, sent: dict[str, Any]) -> Account:
    """What a comparison finds of an event that was sent in this way."""
    call = track(**{"timestamp": "2026-12-31T12:00:00Z", **rule.call})
    return compared([call], [event(**sent)], destination(**rule.settings))


@pytest.mark.parametrize(
    ("key", "call", "settings"),
    [
        ("insert-id", {"messageId": 7}, {}),
        ("insert-id", {"messageId": "a:b"}, {}),
        ("number-as-name", {"event": 5}, {}),
        ("placeholder-ids", {"userId": "null"}, {}),
        ("time-as-number", {"timestamp": 1_798_718_400}, {}),
        ("time-as-number", {"timestamp": "1798718400"}, {}),
        ("missing-time", {"timestamp": None, "sentAt": "2026-12-31T12:00:00Z"}, {}),
        ("missing-time", {"timestamp": "soon"}, {}),
        ("age-limit", {"timestamp": "2020-01-01"}, {"maxEventAgeDays": 5000}),
        ("missing", {}, {}),
    ],
)
def test_missing_event_is_explained_where_rudderstack_loses_it(
    key: str, call: dict[str, Any], settings: dict[str, Any]
) -> None:
    """Any other one is missing."""
    received = {"receivedAt": "2026-12-31T12:00:00Z"}
    account = compared([track(**{**received, **call})], [], destination(**settings))
    assert (absent(account), account.unexplained) == ({key: 1}, int(key == "missing"))


def test_products_are_explained() -> None:
    """RudderStack sends the order alone."""
    products = {"order_id": "o-1", "products": [{"sku": "a"}, {"sku": "b"}]}
    call = track(properties=products, timestamp="2026-12-31T12:00:00Z")
    rows = [event(products=products["products"])]
    account = compared([call], rows, destination(productEvents=True))
    assert (absent(account), account.unexplained) == ({"product-events": 2}, 0)


def test_limit_of_properties_is_explained_where_rudderstack_counts_absent_ones() -> None:
    """Here 254 properties are sent, of which RudderStack counts one more without a value."""
    properties = {f"p{number}": number for number in range(249)}
    call = track(anonymousId=None, properties=properties)
    account = compared([call], [], destination(identityMergeApi="simplified"))
    assert absent(account) == {"keys-without-value": 1}


@pytest.mark.parametrize(
    ("key", "call", "sent", "settings"),
    [
        ("track-without-name", {"event": None}, {"name": None}, {}),
        ("reserved-names", {"event": "$identify"}, {"name": "$identify"}, {}),
        (
            "no-id",
            {"userId": None, "anonymousId": None},
            {"distinct_id": "$device:undefined", "$user_id": None},
            {"identityMergeApi": "simplified"},
        ),
        (
            "placeholder-ids",
            {"userId": "null", "anonymousId": None},
            {"distinct_id": "null", "$user_id": "null"},
            {},
        ),
        ("long-ids", {"userId": "u" * 300}, {"distinct_id": "u" * 255}, {}),
        (
            "age-limit",
            {"timestamp": "2025-12-01T00:00:00Z"},
            {"time": 1_764_547_200_000},
            {"maxEventAgeDays": 30},
        ),
        (
            "future",
            {"timestamp": "2026-12-31T15:00:00Z"},
            {"time": ARRIVAL + 3 * 3_600_000},
            {},
        ),
        ("ignored-events", {"properties": {"$ignore": True}}, {"$ignore": True}, {}),
        (
            "event-lists",
            {},
            {},
            {
                "filterEvents": True,
                "eventFilteringOption": "blacklistedEvents",
                "blacklistedEvents": [{"eventName": "Order Completed"}],
            },
        ),
        ("unexplained", {"integrations": {"All": False}}, {}, {}),
    ],
)
def test_event_that_is_not_sent_here_is_explained(
    key: str, call: dict[str, Any], sent: dict[str, Any], settings: dict[str, Any]
) -> None:
    """Where RudderStack sends it by a documented difference."""
    message = track(**{"receivedAt": "2026-12-31T12:00:00Z", **call})
    account = compared([message], [event(**sent)], destination(**settings))
    assert keys_of(account) == {key}
    assert account.unexplained == int(key == "unexplained")


def test_event_that_is_not_sent_here_and_not_in_mixpanel_is_only_counted() -> None:
    """With the reason."""
    calls = [track(event=None), track(integrations={"All": False}), track(type="nope")]
    account = compared(calls, [])
    assert (account.rejected, account.filtered) == (
        {"MISSING_EVENT_NAME": 1, "UNSUPPORTED_TYPE": 1},
        {"integrations.All is false": 1},
    )
    assert (account.unexplained, account.is_determined) == (0, False)


def test_identity_events_are_not_compared_where_the_export_has_none() -> None:
    """They are counted."""
    account = compared(CALLS, map(row_of, SENT_BY_RUDDERSTACK[:3]), destination(**PRESET))
    assert account.not_exported == {"$merge": 1, "$create_alias": 1}
    assert (account.unexplained, account.compared) == (0, 3)


def test_what_this_stack_sends_is_equal() -> None:
    """Also without messageIds, and with products and groups."""
    settings = {"groupKeySettings": ["company"], "groupKeysOnEvents": True, "productEvents": True}
    to = destination(**settings)
    nameless = [{**call, "messageId": None} for call in CALLS[:3]]
    account = compared([*CALLS, *nameless], rows_sent_here([*CALLS, *nameless], to), to)
    assert (explained(account), account.equal) == ({}, account.held)


def test_texts_and_names_that_mixpanel_cuts_are_its_own() -> None:
    """At 255 characters or bytes."""
    long, name = "é" * 200, "n" * 300
    call = track(properties={"note": long, name: 1, "all": ["x" * 300]}, event="E" * 300)
    (row,) = rows_sent_here([call], destination())
    row["event"] = "E" * 255
    properties = row["properties"]
    properties |= {"note": "é" * 127, "all": ["x" * 255], "n" * 255: properties.pop(name)}
    account = compared([call], [row])
    assert (explained(account), account.equal) == ({}, 1)
