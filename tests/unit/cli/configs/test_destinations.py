"""The Config of a Mixpanel destination, in whatever was exported."""

import re
from typing import Any

import pytest

from rudder_mixpanel_cli.configs.destinations import ExportedDestination, choose_destination
from rudder_mixpanel_cli.errors import UsageError

CONFIG = {"dataResidency": "eu", "people": True}
MIXPANEL = {
    "id": "2abc",
    "name": "Mixpanel production",
    "enabled": True,
    "destinationDefinition": {"name": "MP", "displayName": "Mixpanel", "config": {"v": 1}},
    "config": CONFIG,
}
STAGING = {**MIXPANEL, "id": "3def", "name": "Mixpanel staging", "config": {"people": False}}
ANALYTICS = {"id": "4ghi", "destinationDefinition": {"name": "GA4"}, "config": {"apiSecret": "x"}}
CLI = {
    "version": "rudder/v1",
    "kind": "destination",
    "metadata": {"name": "mixpanel"},
    "spec": {
        "id": "mixpanel",
        "display_name": "Mixpanel production",
        "type": "mp",
        "definition_version": 1,
        "config": {"data_residency": "eu", "people": True},
    },
}
SOURCE = {"id": "s", "writeKey": "w", "config": {}, "sourceDefinition": {"name": "Javascript"}}
WORKSPACE = {"workspaceId": "w", "sources": [{**SOURCE, "destinations": [ANALYTICS, MIXPANEL]}]}
PRODUCTION = ExportedDestination("2abc", "Mixpanel production", CONFIG)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CONFIG, ExportedDestination("", "", CONFIG)),
        ({}, ExportedDestination("", "", {})),
        ({"dataResidnecy": "eu"}, ExportedDestination("", "", {"dataResidnecy": "eu"})),
        ({"data_residency": "eu"}, ExportedDestination("", "", {"data_residency": "eu"})),
        ({"config": CONFIG}, ExportedDestination("", "", CONFIG)),
        (MIXPANEL, PRODUCTION),
        ({"destination": {"id": "2abc", "type": "MP", "config": CONFIG}},
         ExportedDestination("2abc", "", CONFIG)),
        ({"destination": {"ID": "2abc", "Name": "Mixpanel production", "Config": CONFIG,
                          "DestinationDefinition": {"Name": "MP"}}}, PRODUCTION),
        ({"destinations": [{"id": "2abc", "name": "Mixpanel production", "type": "MP",
                            "config": CONFIG}], "paging": {}}, PRODUCTION),
        (WORKSPACE, PRODUCTION),
        ({"w": WORKSPACE}, PRODUCTION),
        ({"sources": [{**SOURCE, "destinations": [MIXPANEL]}] * 2}, PRODUCTION),
        ([CLI], ExportedDestination("mixpanel", "Mixpanel production", CLI["spec"]["config"])),  # type: ignore[index]
        ([CONFIG], ExportedDestination("", "", CONFIG)),
    ],
    ids=range(14),
)  # fmt: skip
def test_destination_is_found_in_every_export(content: Any, expected: ExportedDestination) -> None:
    """A Config, a destination, an answer of the API, a workspace, the Rudder CLI's file."""
    assert choose_destination(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "text",
        ANALYTICS,
        {"sources": [{**SOURCE, "destinations": [ANALYTICS]}]},
        {"version": "rudder/v1", "kind": "tracking-plan", "spec": {"name": "plan"}},
        [CONFIG, CONFIG],
    ],
    ids=range(7),
)
def test_anything_else_is_refused(content: Any) -> None:
    """Also a destination of another type, whose settings would be ignored."""
    with pytest.raises(UsageError, match="expected a destination's Config, an exported"):
        choose_destination(content)


TWO = {"sources": [{**SOURCE, "destinations": [MIXPANEL, STAGING]}]}


@pytest.mark.parametrize(
    ("wanted", "served", "found"),
    [
        ("3def", "", "3def"),
        ("Mixpanel production", "", "2abc"),
        ("3def", "2abc", "3def"),
        (None, "3def", "3def"),
    ],
)
def test_one_of_several_is_chosen(wanted: str | None, served: str, found: str) -> None:
    """By its id or its name; without these, by the id that the stack serves."""
    assert choose_destination(TWO, wanted, served).id == found


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (None, "choose one by --destination ID: 2abc (Mixpanel production), 3def (Mixpanel st"),
        ("5jkl", "no Mixpanel destination is called 5jkl; there are 2abc (Mixpanel production), "),
    ],
)
def test_choice_is_listed(wanted: str | None, message: str) -> None:
    """With ids and names."""
    with pytest.raises(UsageError, match=re.escape(message)):
        choose_destination(TWO, wanted)
