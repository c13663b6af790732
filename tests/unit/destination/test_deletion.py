"""The ids by which a user is deleted at Mixpanel."""

from typing import Any

import pytest

from rudder_mixpanel.destination.deletion import DeletionSettings
from tests.build import TOKEN

SIMPLIFIED = {"identityMergeApi": "simplified"}


@pytest.mark.parametrize(
    ("config", "attributes", "ids"),
    [
        ({}, {"userId": "ann", "email": "a@b.c"}, ["ann"]),
        ({}, {"userId": "ann", "anonymousId": "d"}, ["ann", "d", "$device:d"]),
        ({}, {"userId": "ann", "anonymousId": "$device:d"}, ["ann", "$device:d", "d"]),
        (SIMPLIFIED, {"userId": "ann", "anonymousId": "d"}, ["ann", "$device:d"]),
        (
            SIMPLIFIED,
            {"userId": "ann", "anonymousId": "$device:d"},
            ["ann", "$device:d", "$device:$device:d"],
        ),
        (SIMPLIFIED, {"userId": "ann", "anonymousId": " d"}, ["ann", "$device: d", "$device:d"]),
        (SIMPLIFIED, {"userId": "$device:d"}, ["$device:d"]),
        ({}, {"userId": "ann "}, ["ann ", "ann"]),
        ({}, {"userId": "andr\u00e9"}, ["andr\u00e9", "andre\u0301"]),
        ({}, {"userId": "ann", "anonymousId": "ann"}, ["ann", "$device:ann"]),
        ({"deletionIdentifiers": ["email"]}, {"userId": "ann", "email": "a@b.c"}, ["ann", "a@b.c"]),
    ],
)
def test_user_is_deleted_by(
    config: dict[str, Any], attributes: dict[str, str], ids: list[str]
) -> None:
    """By every identifier, in each spelling that events may have."""
    settings = DeletionSettings.from_config({"token": TOKEN, **config})
    assert settings.ids_of(attributes) == ids
