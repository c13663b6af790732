"""The sentences of an explanation, of which each names what the event really has."""

from typing import Any

import pytest

from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.explain.explanation import Explanation, explain_event
from tests.build import SENT_AT, destination, identify, track


def explained(message: dict[str, Any], **config: Any) -> Explanation:
    """The explanation of an event."""
    target = destination(**config)
    settings, rest = target.for_event(message)
    operations, _ = map_message(rest, settings, now=SENT_AT)
    return explain_event(message, target, operations, now=SENT_AT)


def sentences(message: dict[str, Any], *names: str, **config: Any) -> dict[str, str]:
    """The sentences about these properties of the only request of an event."""
    (request,) = explained(message, **config).requests
    inner: dict[str, str] = next(item for item in request.values() if isinstance(item, dict))
    return {name: inner[name] for name in names}


def test_property_that_replaces_others_says_so() -> None:
    """It names what it was written over, if that had another value."""
    call = track(
        properties={"email": "a", "token": "t", "plan": "p"},
        context={"traits": {"email": "b", "plan": "p"}},
    )
    assert sentences(call, "email", "token", "plan") == {
        "email": "context.traits.email, in place of properties.email",
        "token": "the destination's token, in place of properties.token",
        "plan": "context.traits.plan",
    }


def test_part_that_is_replaced_names_what_replaced_it() -> None:
    """And in which request."""
    call = track(properties={"$os": "a"}, context={"os": {"name": "b"}})
    assert explained(call).left_out["properties.$os"] == (
        "$os of the event Order Completed comes from context.os.name"
    )


def test_property_that_mixpanel_changes_says_so() -> None:
    """By its limits, and under its own names."""
    large = ["x" * 200] * 50
    call = track(properties={"long": "x" * 256, "bucket": 1, "large": large, "n" * 256: 1})
    assert sentences(call, "long", "bucket", "large", "n" * 256) == {
        "long": "properties.long, Mixpanel cuts a text after 255 bytes",
        "bucket": "properties.bucket, Mixpanel writes a value of its own under this name",
        "large": "properties.large, Mixpanel may cut it, as it is larger than 8 KB",
        "n" * 256: f"properties.{'n' * 256}, Mixpanel cuts a name after 255 bytes",
    }


def test_time_ahead_of_its_arrival_says_that_mixpanel_replaces_it() -> None:
    """Within the hour that is accepted."""
    assert sentences(track(timestamp="2027-01-01T00:10:00Z"), "time") == {
        "time": "timestamp, in milliseconds since 1970, Mixpanel replaces it by the time of arrival"
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"messageId": "m-1"}, "messageId"),
        ({"messageId": "m" * 40}, "last 36 characters of messageId"),
        ({"messageId": "m 1"}, "hash of messageId, which Mixpanel would not allow"),
        ({"messageId": None, "properties": {"$insert_id": "o-1"}}, "properties.$insert_id"),
        ({"messageId": None}, "hash of the whole event and its time, as it has no messageId"),
    ],
    ids=["as it is", "last", "hash", "own", "whole"],
)
def test_insert_id_says_how_it_is_made(changes: dict[str, Any], sentence: str) -> None:
    """Of the messageId wherever that is possible."""
    assert sentences(track(**changes), "$insert_id") == {"$insert_id": sentence}


def test_time_of_arrival_says_that_it_is_that_of_the_queue() -> None:
    """When the event has no time that can be read."""
    assert sentences(track(timestamp="soon"), "time") == {
        "time": "the time at which the queue got the event (SentTimestamp)"
    }


def test_group_explains_its_token_and_its_key_as_such() -> None:
    """Its id comes from the call, and the rest does not."""
    call = track(type="group", traits={"company": ["a", 5], "name": "A"})
    _, _, second = explained(call, groupKeySettings=["company"]).requests
    assert second == {
        "$token": "the destination's token",
        "$group_key": "a constant: one of the setting groupKeySettings",
        "$group_id": "traits.company[1], as text",
        "$set": {"company": "traits.company, as text", "name": "traits.name"},
    }


def test_names_of_events_are_explained() -> None:
    """By the call, by a setting, by a template, or as a constant."""
    page = track(type="page", name="Home", properties={"category": "Docs"})
    template = {
        "useUserDefinedPageEventName": True,
        "userDefinedPageEventTemplate": "{{ category }} {{ name }}",
    }
    order = track(properties={"products": [{"sku": "s"}]})
    requests = [
        *explained(order, productEvents=True).requests,
        *explained(page).requests,
        *explained(page, **template).requests,
        *explained(track(type="alias", previousId="p")).requests,
    ]
    assert [request["event"] for request in requests] == [
        "event",
        "a constant for each product of an order (setting productEvents)",
        "a constant: the setting pageEventName",
        "the setting userDefinedPageEventTemplate with properties.category and name",
        "a constant, by which Mixpanel makes an id another name of a user",
    ]


def test_value_of_a_dynamic_setting_is_named() -> None:
    """It is not sent as a property."""
    call = track(context={"region": "eu"})
    used = explained(call, dataResidency="{{ event.context.region || us }}").used
    assert used["context.region"] == "sets the setting dataResidency"


def test_nested_traits_name_all_their_parts() -> None:
    """Those that a list takes are not among them."""
    traits = {"home": {"city": "Bonn", "size": 3}, "team.id": 1, "team.name": "A"}
    call = identify(context={"traits": traits}, anonymousId=None)
    _, request = explained(call, setOnceProperties=["home.city"]).requests
    assert request["$set"] == {
        "home": "an object of context.traits.home.size",
        "team": 'an object of context.traits["team.id"] and context.traits["team.name"]',
    }


def test_value_that_is_not_a_number_says_what_it_is_not() -> None:
    """It is a property of the event all the same."""
    call = track(properties={"revenue": "much", "count": "x"})
    used = explained(call, people=True, propIncrements=["count"]).used
    assert {name: used[f"properties.{name}"] for name in ("revenue", "count")} == {
        "revenue": "revenue of the event Order Completed; not a number, so that it is no charge",
        "count": "count of the event Order Completed; not a number, so that it increments nothing",
    }


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"userId": "null"}, "userId", "not an id, or a placeholder that identifies nobody"),
        ({"sentAt": "2026"}, "sentAt", "not a time that can be read"),
        ({"receivedAt": "2026-12-31"}, "receivedAt", "the time comes from timestamp"),
        ({"context": {"ip": "unknown"}}, "context.ip", "not an IP address"),
        ({"request_ip": "192.0.2.1"}, "request_ip", "the address of a server, not of the user"),
        ({"integrations": {"All": True}}, "integrations", "only the filters read it"),
        ({"rudderId": "r"}, "rudderId", "RudderStack's own, about how the event was sent"),
        ({"channel": "server"}, "channel", "read, and makes no difference to this event"),
        ({"context": {"os": {"name": ""}}}, "context.os.name", "empty, so not sent as $os"),
        ({"context": {"app": {"id": 1}}}, "context", "not mapped, in RudderStack either"),
        ({"traits": {"a": 1}}, "traits", "not mapped, in RudderStack either"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_part_that_is_left_out_says_why(changes: dict[str, Any], path: str, reason: str) -> None:
    """In words about this very event."""
    assert explained(track(**changes)).left_out[path] == reason


@pytest.mark.parametrize(
    ("order", "reasons"),
    [
        (
            "newer-wins",
            (
                "not sent; decides between updates of the same time",
                "not sent; decides whether the profile has newer values",
            ),
        ),
        (
            "as-they-come",
            (
                "becomes the $insert_id of events, and this call sends none",
                "this call sends no time",
            ),
        ),
    ],
)
def test_what_only_orders_updates_says_so(order: str, reasons: tuple[str, str]) -> None:
    """A group call sends neither its time nor its messageId."""
    call = identify(type="group", traits={"company": "acme"})
    settings = {"groupKeySettings": ["company"], "identityMergeApi": "simplified"}
    left_out = explained(call, **settings, profileUpdates=order).left_out
    assert (left_out["messageId"], left_out["timestamp"]) == reasons
