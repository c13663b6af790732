"""A messageId is logged as it is, or as its hash."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.log_ids import loggable_id


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "0",
        "6d0c53f2-52c3-4c57-8f5e-2f6f0f8b6a10",
        "ajs-next-1700000000000-6d0c53f2-52c3-4c57-8f5e-2f6f0f8b6a10",
        "1700000000000-6d0c53f2",
        "auto-track.v1:order_1",
        "x" * 64,
    ],
)
def test_id_of_an_sdk_is_logged(message_id: str) -> None:
    """An operator finds its event without a detour."""
    assert loggable_id(message_id) == message_id


@pytest.mark.parametrize(
    "message_id",
    [
        "ann@example.com",
        "Ann Smith",
        " m-1",
        "m-1\n",
        "m-1\x00",
        "m\u00a01",
        "Zo\u00eb",
        "+4512345678",
        "x" * 65,
        '{"email":"x"}',
    ],
)
def test_id_that_may_be_personal_data_is_logged_as_its_hash(message_id: str) -> None:
    """The hash is what sha256sum prints for the id."""
    assert loggable_id(message_id) == f"sha256:{sha256(message_id.encode()).hexdigest()}"


@given(st.text(alphabet=st.characters()))
def test_any_id_is_logged_in_one_form(message_id: str) -> None:
    """What is logged is short, is plain, and is the same when it is logged again."""
    logged = loggable_id(message_id)
    assert (len(logged) <= 71, set(logged) & set("@ \n\t"), logged.isascii()) == (True, set(), True)


def test_half_a_character_is_hashed() -> None:
    """Python can hold one, UTF-8 cannot."""
    assert loggable_id("\ud800").startswith("sha256:")
