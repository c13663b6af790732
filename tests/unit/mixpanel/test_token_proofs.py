"""What Mixpanel said about a token is remembered for a while, and for that token alone."""

from datetime import UTC, datetime, timedelta

import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.token_proofs import (
    MOST_TOKENS,
    TokenAddress,
    TokenProofs,
    TokenVerdict,
)
from tests.build import destination

START = datetime(2027, 1, 1, tzinfo=UTC)
TOKEN = TokenAddress("https://api.mixpanel.com", "a")
REFUSAL = Kept(Code.CREDENTIALS_REFUSED, "HTTP 401", not_applied=True)
SILENCE = Kept(Code.TOKEN_UNPROVEN, "HTTP 503", not_applied=True)


def remembered(refusal: Kept | None, seconds: float) -> bool:
    """Whether a verdict is remembered after this many seconds."""
    proofs = TokenProofs()
    proofs.note(TOKEN, refusal, START)
    return proofs.recall(TOKEN, START + timedelta(seconds=seconds)) is not None


@pytest.mark.parametrize(("seconds", "expected"), [(0, True), (3599, True), (3600, False)])
def test_proof_holds_for_an_hour(seconds: float, expected: bool) -> None:  # noqa: FBT001 - drawn
    """Then Mixpanel is asked again."""
    assert remembered(None, seconds) is expected


@pytest.mark.parametrize(("seconds", "expected"), [(0, True), (59, True), (60, False)])
def test_refusal_holds_for_a_minute(seconds: float, expected: bool) -> None:  # noqa: FBT001 - drawn
    """A project that was just created is soon found."""
    assert remembered(REFUSAL, seconds) is expected


def test_silence_is_not_remembered() -> None:
    """It says nothing about the token."""
    assert remembered(SILENCE, 0) is False


def test_verdict_of_the_future_does_not_count() -> None:
    """The clock was set back."""
    assert remembered(None, -1) is False


def test_later_verdict_replaces_the_earlier() -> None:
    """A token that is refused is no longer proven."""
    proofs = TokenProofs()
    proofs.note(TOKEN, None, START)
    proofs.note(TOKEN, REFUSAL, START)
    assert proofs.recall(TOKEN, START) == TokenVerdict(REFUSAL, START)


def test_verdict_is_about_one_token_at_one_address() -> None:
    """A project exists in one region only."""
    proofs = TokenProofs()
    proofs.note(TokenAddress.of(destination(token="a")), None, START)
    known = [
        proofs.recall(TokenAddress.of(destination(token=token, dataResidency=region)), START)
        for token, region in (("a", "us"), ("b", "us"), ("a", "eu"))
    ]
    assert [verdict is not None for verdict in known] == [True, False, False]


def test_oldest_of_too_many_tokens_is_forgotten() -> None:
    """Dynamic settings can name any number of them."""
    proofs = TokenProofs()
    tokens = [TokenAddress("https://api.mixpanel.com", str(n)) for n in range(MOST_TOKENS + 1)]
    for token in [tokens[0], *tokens[1:-1], tokens[0], tokens[-1]]:
        proofs.note(token, None, START)
    forgotten = [token for token in tokens if proofs.recall(token, START) is None]
    assert (forgotten, len(proofs.accepted)) == ([tokens[1]], MOST_TOKENS)
