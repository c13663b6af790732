"""Words: of Mixpanel's messages, what may be logged."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixpanel_emulator import messages
from rudder_mixpanel.mixpanel.words import EXPECTED, PUBLISHED, VOCABULARY, loggable_words


@pytest.mark.parametrize(
    "message",
    [
        messages.SOME_INVALID,
        messages.EVENT_BLANK,
        messages.TIME_IN_FUTURE,
        messages.INSERT_ID_CHARACTERS,
        messages.IDENTITY_EVENT,
        messages.TIME_PAST_RETENTION.format(days=730),
        messages.INVALID_SECRET,
        messages.OTHER_PROJECT,
        messages.UNKNOWN_ACCOUNT,
        messages.TOO_MANY_REQUESTS,
        messages.FIELD_MISSING.format(field="$distinct_id"),
        messages.NOT_UTF8.format(field="properties.utm_source"),
    ],
)
def test_published_message_is_logged_whole(message: str) -> None:
    """It has no word that is not Mixpanel's."""
    assert loggable_words(message) == message


@pytest.mark.parametrize(
    ("message", "logged"),
    [
        ("'properties.email' is invalid: ann@example.com", "'…' is invalid: …"),
        ("ann must not be Ann Smith, London", "… must not be …"),
        ("project 123456 exceeded rate limits", "project … exceeded rate limits"),
        ("(ann, bob) must be valid", "(…) must be valid"),
        ("ann@example.com", ""),
        ("", ""),
        ("… ? !", ""),
        ("{'ann': 'valid'}", ""),
        ("\N{KELVIN SIGN}eys must be valid", "… must be valid"),
        ("valid\x00\x1b[31m\u202emust", ""),
        ("must\x1b\n\tbe valid", "… be valid"),
        ("Smith a London", ""),
    ],
)
def test_other_words_are_left_out(message: str, logged: str) -> None:
    """However many there are one after the other, one mark stands for them."""
    assert loggable_words(message) == logged


def test_long_message_is_cut_at_a_word() -> None:
    """A response may have megabytes."""
    assert loggable_words("must be valid " * 100_000) == ("must be valid " * 14).rstrip() + " …"


def words_in(text: str) -> set[str]:
    """The runs of letters and digits of a text."""
    return set(re.findall(r"[^\W_]+", text.lower()))


MIXPANELS = words_in(PUBLISHED + EXPECTED)
TEXTS = st.one_of(
    st.text(),
    st.emails(),
    st.uuids().map(str),
    st.sampled_from(sorted(VOCABULARY)),
    st.tuples(st.sampled_from(sorted(VOCABULARY)), st.text()).map("".join),
)


@given(st.lists(TEXTS), st.sampled_from([" ", "", ": ", "'", "\n", "."]))
def test_no_other_text_is_ever_logged(texts: list[str], between: str) -> None:
    """Nothing of an event appears that is not also a word of Mixpanel's, in bounded length."""
    logged = loggable_words(between.join(texts))
    assert (words_in(logged) - MIXPANELS, len(logged) <= 202, logged.isprintable()) == (
        set(),
        True,
        True,
    )
