"""Tokens and keys of callers."""

from datetime import UTC, datetime

import pytest

from rudder_mixpanel.auth import matching_entries

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "token", ["${WEBHOOK_TOKEN_OF_THE_PRIVACY_TEAM}", "*" * 40, "<" + "t" * 40 + ">"]
)
def test_placeholder_admits_nobody(token: str) -> None:
    """Whoever reads the documentation could guess it."""
    with pytest.raises(ValueError, match="an entry without a token"):
        matching_entries([{"token": token}], token, NOW)
