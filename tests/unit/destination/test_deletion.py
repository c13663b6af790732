"""The ids by which a user is deleted at Mixpanel."""

from dataclasses import replace
from typing import Any

import pytest

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.errors import ConfigurationError
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", "spare"),
        ("dataResidency", "eu"),
        ("data_residency", "eu"),
        ("userDeletionApi", "task"),
        ("gdprApiToken", "gdpr"),
        ("complianceType", "CCPA"),
    ],
)
def test_dynamic_setting_has_its_default(name: str, value: str) -> None:
    """As in a delivery without an event: a deletion has none."""
    template = f'{{{{ event.context.x || "{value}" }}}}'
    dynamic, plain = (settings(**{name: text}) for text in (template, value))
    assert replace(dynamic, by_event=()) == plain


@pytest.mark.parametrize("default", ["original", "simplified"])
def test_ids_of_both_merges_are_deleted_when_events_select_the_merge(default: str) -> None:
    """Mixpanel may know a device by either."""
    dynamic = settings(identityMergeApi=f"{{{{ event.context.merge || {default} }}}}")
    ids = dynamic.ids_of({"userId": "ann", "anonymousId": "d"})
    assert set(ids) == {"ann", "d", "$device:d"}


def test_dynamic_names_in_lists_have_their_defaults() -> None:
    """A user is found by the key that the default names."""
    names = ["{{ event.context.key || email }}", "phone"]
    assert settings(deletionIdentifiers=names).identifiers == ("email", "phone")


@pytest.mark.parametrize("name", ["token", "dataResidency", "data_residency"])
def test_project_that_events_select_is_refused(name: str) -> None:
    """A deletion in one of several projects would count as complete."""
    dynamic = settings(**{name: "{{ event.context.x || us }}"})
    with pytest.raises(ConfigurationError, match="expected one value in the secret for deletions"):
        dynamic.require_project()


def test_project_of_the_secret_is_accepted() -> None:
    """The credentials are merged over the settings, and may be spelled in the other way."""
    dynamic = {"data_residency": "{{ event.context.x || us }}", "dataResidency": "eu"}
    settings(**dynamic, pageEventName="{{ event.name || Page }}").require_project()


def test_other_settings_do_not_matter() -> None:
    """A mistake in the mapping must not delay a deletion."""
    wrong = {"people": "maybe", "projectId": "<id>", "maxEventAgeDays": -1}
    assert settings(**wrong) == settings()


def settings(**changes: Any) -> DeletionSettings:
    """The settings for deletions of a Config with these changes."""
    return DeletionSettings.from_config({"token": TOKEN, **changes})
