"""The ledger's key of a counter: its own, and without personal data."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.mapping import transform
from tests.build import destination, track

NOW = datetime(2027, 1, 1, tzinfo=UTC)
# What a key is made of, in an alphabet of separators and quotes
PART = st.text(' ,a"[]\\', max_size=4).map(lambda text: f"u{text}")
PARTS = st.tuples(PART, PART, st.sets(PART, min_size=1, max_size=2))


def ledger_key(user_id: str, message_id: str | None, names: set[str]) -> str:
    """The key of the increments of these properties."""
    settings = destination(propIncrements=sorted(names))
    call = track(userId=user_id, messageId=message_id, properties=dict.fromkeys(names, 1))
    return transform(call, settings, now=NOW)[0].key


@given(PARTS, PARTS)
def test_counters_that_differ_have_different_keys(
    one: tuple[str, str, set[str]], other: tuple[str, str, set[str]]
) -> None:
    """However the texts of user, message and properties are split."""
    assert (ledger_key(*one) == ledger_key(*other)) is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Ann", "Lee 7", {"seats"}), ("Ann Lee", "7", {"seats"})),
        (("Ann", "m-1", {"a,b"}), ("Ann", "m-1", {"a", "b"})),
    ],
)
def test_text_that_moves_to_the_next_part_changes_the_key(
    one: tuple[str, str, set[str]], other: tuple[str, str, set[str]]
) -> None:
    """Joined by blanks or commas, these parts would be the same text."""
    assert ledger_key(*one) != ledger_key(*other)


def test_message_id_is_not_mistaken_for_an_insert_id() -> None:
    """A message without an id is known by its `$insert_id`, which may be another's messageId."""
    settings = destination(propIncrements=["seats"])
    calls = [
        track(messageId=None, properties={"seats": 1, "$insert_id": "m-1"}),
        track(messageId="m-1", properties={"seats": 1}),
    ]
    assert len({transform(call, settings, now=NOW)[0].key for call in calls}) == len(calls)


def test_key_has_no_personal_data() -> None:
    """It is a hash of fixed length."""
    assert len(ledger_key("ann@example.com", "m-1", {"seats"})) == 64


def test_key_does_not_depend_on_the_order_of_settings() -> None:
    """Otherwise a redelivery after a change of the settings would count again."""
    call = track(properties={"seats": 1, "logins": 2})
    keys = {
        transform(call, destination(propIncrements=names), now=NOW)[0].key
        for names in (["seats", "logins"], ["logins", "seats"])
    }
    assert len(keys) == 1
