"""What can be adopted of what several removed stacks have left, and what a reader must know."""

from datetime import UTC, datetime

import pytest

from rudder_mixpanel_cli.adoptable import QUEUE, SECRET, TABLE
from rudder_mixpanel_cli.retained.resource import (
    NAME_TAG,
    RESOURCE_TAG,
    Retained,
    identify,
    name_in_template,
    notes_on,
    parameters_of,
)


def left(
    kind: str, name: str, year: int, link: str = "", *, suppressions: bool = False
) -> Retained:
    """What a stack of a year has left: its id has the year."""
    identity = f"{name}-{year}"
    made = datetime(year, 1, 1, tzinfo=UTC)
    return Retained(kind, name, identity, f"arn:{identity}", made, 0, suppressions, link)


def table(year: int, key: str = "", *, suppressions: bool = False) -> Retained:
    """A table of suppressed users, begun with a key."""
    return left(TABLE, "Suppressions", year, key, suppressions=suppressions)


def key(year: int, value: str) -> Retained:
    """A key with its check value."""
    return left(SECRET, "SuppressionKey", year, value)


def test_newest_of_several_is_chosen() -> None:
    """In any order."""
    tables = [left(TABLE, "Ledger", year) for year in (2025, 2027, 2026)]
    assert parameters_of(tables) == {"AdoptLedger": "Ledger-2027"}


def test_newest_table_that_has_its_key_is_chosen() -> None:
    """A newer one, whose key is missing, and a newer key without its table are not."""
    found = [table(2025, "a"), key(2025, "a"), table(2026, "b"), key(2027, "c")]
    assert parameters_of(found) == {
        "AdoptSuppressions": "Suppressions-2025",
        "AdoptSuppressionKey": "SuppressionKey-2025",
    }


@pytest.mark.parametrize(
    "found",
    [
        [table(2025, "a")],
        [key(2025, "a")],
        [table(2025, "a"), key(2025, "b")],
        [table(2025), key(2025, "")],
        [left(TABLE, "Profiles", 2025), key(2025, "a")],
        [left(QUEUE, "EventsQueue", 2025, "arn:EventsDeadLetterQueue-2024")],
    ],
    ids=[
        "no key",
        "no table",
        "another key",
        "a key without a value",
        "no key that is adopted",
        "no dead-letter queue",
    ],
)
def test_what_lacks_its_other_half_is_not_adopted(found: list[Retained]) -> None:
    """The template refuses one of them alone."""
    assert parameters_of(found) == {}


def test_table_without_users_fits_every_key() -> None:
    """Its check value is written with the first suppression."""
    assert parameters_of([table(2025), key(2026, "a")]).keys() == {
        "AdoptSuppressions",
        "AdoptSuppressionKey",
    }


def test_times_of_profiles_are_adopted_with_the_key_of_their_hashes() -> None:
    """The newest table."""
    profiles = [left(TABLE, "Profiles", year) for year in (2025, 2026)]
    assert parameters_of([*profiles, table(2025, "a"), key(2025, "a")]) == {
        "AdoptProfiles": "Profiles-2026",
        "AdoptSuppressions": "Suppressions-2025",
        "AdoptSuppressionKey": "SuppressionKey-2025",
    }


def test_queue_is_adopted_with_the_dead_letter_queue_that_it_names() -> None:
    """Not with a newer one."""
    dead = [left(QUEUE, "EventsDeadLetterQueue", year) for year in (2025, 2026)]
    queue = left(QUEUE, "EventsQueue", 2025, dead[0].arn)
    assert parameters_of([*dead, queue]) == {
        "AdoptEventsQueue": "EventsQueue-2025",
        "AdoptEventsDeadLetterQueue": "EventsDeadLetterQueue-2025",
    }


def test_nothing_is_to_be_known_of_one_generation() -> None:
    """Each parameter has one candidate."""
    assert notes_on([table(2025, "a", suppressions=True), key(2025, "a")]) == []


def test_several_generations_are_named() -> None:
    """With the tables of suppressed users, of which a stack uses only one."""
    found = [each(year, "a") for year in (2025, 2026) for each in (table, key)]
    found[0] = table(2025, "a", suppressions=True)
    found[2] = table(2026, "a", suppressions=True)
    several, suppressing = notes_on(found)
    assert ("for SuppressionKey, Suppressions:" in several, suppressing) == (
        True,
        "2 tables hold suppressed users; a stack uses only one of them.",
    )


def test_missing_key_is_named() -> None:
    """With the command that restores it."""
    [note] = notes_on([table(2025, "a", suppressions=True), key(2026, "b")])
    assert note.startswith("The key of Suppressions-2025 is missing") is True


def test_tag_of_cloudformation_names_a_resource() -> None:
    """Whatever it is called."""
    arn = "arn:aws:sqs:us-east-1:123456789012:renamed"
    found = identify(arn, {NAME_TAG: "EventsQueue"}, "prod")
    assert found == Retained(QUEUE, "EventsQueue", "renamed", arn)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:dynamodb:us-east-1:123456789012:table/restored", "Suppressions"),
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:moved-a1b2c3", "SuppressionKey"),
    ],
)
def test_own_tag_names_what_was_restored_or_moved(arn: str, name: str) -> None:
    """CloudFormation has not made it, and its name says nothing."""
    found = identify(arn, {RESOURCE_TAG: name}, "prod")
    assert getattr(found, "parameter", None) == f"Adopt{name}"


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("prod-EventsQueue-1A2B", "EventsQueue"),
        ("prod-DeletionsQueue-1A2B.fifo", "DeletionsQueue"),
        ("rudder-mixpanel/prod/suppression-key-1a2b3c4d-XyZ123", "SuppressionKey"),
        ("rudder-mixpanel/prod-two/suppression-key-1a2b3c4d-XyZ123", ""),
        ("restored-table", ""),
    ],
)
def test_generated_name_has_the_name_in_the_template(resource: str, name: str) -> None:
    """That of a stack named prod; others have none."""
    assert name_in_template(resource, "prod") == name


def test_other_service_outlives_no_stack() -> None:
    """Such as a topic with the same tag."""
    assert identify("arn:aws:sns:us-east-1:123456789012:topic", {}, "prod") is None
