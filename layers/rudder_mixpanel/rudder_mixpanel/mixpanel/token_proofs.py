"""What Mixpanel said about project tokens, remembered for the life of a container."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final, NamedTuple

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Kept

PROVEN_FOR: Final = timedelta(hours=1)
REFUSED_FOR: Final = timedelta(seconds=60)
# Dynamic settings can name any number of tokens.
MOST_TOKENS: Final = 200


class TokenAddress(NamedTuple):
    """A token, and the address that it is sent to: a project exists in one region only."""

    ingestion_url: str
    token: str

    @classmethod
    def of(cls, destination: Destination) -> "TokenAddress":
        """The token and the address of a destination."""
        return cls(destination.ingestion_url, destination.token)


class TokenVerdict(NamedTuple):
    """Why Mixpanel refused a token, or None when it accepted it, and when."""

    objection: Kept | None
    at: datetime

    def is_recent(self, now: datetime) -> bool:
        """Whether it still holds; a clock that was set back makes it invalid."""
        age = PROVEN_FOR if self.objection is None else REFUSED_FOR
        return timedelta(0) <= now - self.at < age


class TokenProofs:
    """The tokens that Mixpanel has accepted within an hour, or refused within a minute."""

    def __init__(self) -> None:
        self.accepted: dict[TokenAddress, TokenVerdict] = {}
        # Of their own, so that tokens of no project cannot displace those of projects.
        self.refused: dict[TokenAddress, TokenVerdict] = {}
        # Lanes learn about tokens side by side.
        self.lock = Lock()

    def recall(self, token: TokenAddress, now: datetime) -> TokenVerdict | None:
        """What Mixpanel recently said about a token, if anything."""
        verdict = self.accepted.get(token) or self.refused.get(token)
        return verdict if verdict is not None and verdict.is_recent(now) else None

    def note(self, token: TokenAddress, objection: Kept | None, now: datetime) -> None:
        """Remember that a token was refused, or with None that it was accepted.

        A response that says neither is not remembered. Of too many tokens, the oldest is forgotten.
        """
        if objection is not None and objection.code is not Code.CREDENTIALS_REFUSED:
            return
        verdicts = self.accepted if objection is None else self.refused
        with self.lock:
            self.accepted.pop(token, None)
            self.refused.pop(token, None)
            if len(verdicts) >= MOST_TOKENS:
                del verdicts[next(iter(verdicts))]
            verdicts[token] = TokenVerdict(objection, now)
