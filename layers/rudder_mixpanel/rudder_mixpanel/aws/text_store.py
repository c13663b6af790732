"""Texts of Secrets Manager and of the SSM parameter store, cached by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.clients import AwsClients
from rudder_mixpanel.aws.throttling import error_code
from rudder_mixpanel.errors import DeliveryError

# Errors of the stores for what is not there: a parameter, a secret, or a secret's value.
MISSING: Final = frozenset({"ParameterNotFound", "ResourceNotFoundException"})
# Errors of the stores that a retry does not fix.
PERMANENT_ERRORS: Final = frozenset(
    {*MISSING, "AccessDeniedException", "DecryptionFailure", "InvalidRequestException"}
)


class TextUnavailable(DeliveryError):
    """A parameter or secret cannot be read; the message is the store's own."""

    def __init__(self, error: BotoCoreError | ClientError) -> None:
        super().__init__(str(error))
        self.is_missing = error_code(error) in MISSING


class CachedText(NamedTuple):
    """A text, and when it was read, by the monotonic clock."""

    text: str
    read_at: float


@dataclass(slots=True)
class TextStore:
    """The texts of one store; `fetch` reads one by its name and raises botocore's errors."""

    fetch: Callable[[str], str]
    clock: Callable[[], float] = monotonic
    cache: dict[str, CachedText] = field(default_factory=dict)
    # When a text was last expired, by its name.
    expired_at: dict[str, float] = field(default_factory=dict)

    def get(self, name: str, *, max_age: int) -> str:
        """The text of this name, at most `max_age` seconds old while the store responds.

        During a temporary error of the store, the cached text is used for longer. Raises
        TextUnavailable when the error is permanent or nothing is cached.
        """
        cached = self.cache.get(name)
        now = self.clock()
        if cached is not None and now - cached.read_at < max_age:
            return cached.text
        try:
            text = self.fetch(name)
        except (BotoCoreError, ClientError) as error:
            if cached is None or is_permanent(error):
                raise TextUnavailable(error) from error
            return cached.text
        self.cache[name] = CachedText(text, now)
        return text

    def expire(self, name: str, *, every: int) -> bool:
        """Have the text read again when it is used next; at most once in `every` seconds.

        Returns whether it will be.
        """
        now = self.clock()
        if now - self.expired_at.get(name, -inf) < every:
            return False
        self.expired_at[name] = now
        if name in self.cache:
            self.cache[name] = self.cache[name]._replace(read_at=-inf)
        return True

    def clear_cache(self) -> None:
        """Forget all texts, so that each is read again."""
        self.cache.clear()


def is_permanent(error: BotoCoreError | ClientError) -> bool:
    """Whether a retry does not fix an error."""
    return error_code(error) in PERMANENT_ERRORS


def parameter_store(clients: AwsClients) -> TextStore:
    """The parameters of SSM."""
    ssm = clients.ssm
    return TextStore(lambda name: ssm.get_parameter(Name=name)["Parameter"]["Value"])


def secret_store(clients: AwsClients) -> TextStore:
    """The secrets of Secrets Manager."""
    secrets = clients.secrets_manager
    return TextStore(lambda name: secrets.get_secret_value(SecretId=name)["SecretString"])
