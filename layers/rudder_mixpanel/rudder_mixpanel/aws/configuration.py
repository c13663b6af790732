"""Settings and secrets: SSM parameters and Secrets Manager secrets, cached and checked."""

from typing import Any, Final

import orjson
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError

from rudder_mixpanel.errors import ConfigurationError

# Seconds for which settings and credentials are cached: a fix is in use a minute later.
MAX_AGE: Final = 60
# Errors of the stores that a retry does not fix.
PERMANENT_ERRORS: Final = frozenset(
    {
        "AccessDeniedException",
        "DecryptionFailure",
        "InvalidRequestException",
        "ParameterNotFound",
        "ResourceNotFoundException",
    }
)
# What the error message tells its reader to put there.
SETTINGS_HOLD: Final = "the destination's Config as a JSON object, without credentials"
KEY_HOLDS: Final = "the text of 32 characters or more that the stack was made with"
MIN_KEY_LENGTH: Final = 32
SECONDS_A_DAY: Final = 86_400


def suppression_key(secrets: SecretsProvider, name: str) -> bytes:
    """The key of the pseudonyms, which never changes; a container reads it once a day.

    Raises ConfigurationError when the secret cannot be read or is too short.
    """
    try:
        key = fetch_text(secrets, name, max_age=SECONDS_A_DAY).encode()
    except GetParameterError as error:
        raise ConfigurationError(
            f"secret {name}", f"expected {KEY_HOLDS}; cannot be read: {error}"
        ) from error
    if len(key) < MIN_KEY_LENGTH:
        raise ConfigurationError(f"secret {name}", f"expected {KEY_HOLDS}")
    return key


def read_json(
    provider: SSMProvider | SecretsProvider, name: str, *, kind: str, holds: str
) -> dict[str, Any]:
    """A JSON object from a parameter or secret.

    Raises ConfigurationError when it cannot be read or is not a JSON object.
    """
    source = f"{kind} {name}"
    try:
        content = orjson.loads(fetch_text(provider, name, max_age=MAX_AGE))
    except GetParameterError as error:
        raise ConfigurationError(source, f"expected {holds}; cannot be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(
            source, f"expected {holds}; invalid JSON at position {error.pos}"
        ) from None
    if not isinstance(content, dict):
        raise ConfigurationError(source, f"expected {holds}; it is not a JSON object")
    return content


def fetch_text(provider: SSMProvider | SecretsProvider, name: str, *, max_age: int) -> str:
    """The text of a parameter or secret, at most `max_age` seconds old while the store responds.

    During a temporary error of the store, the cached text is used for longer. Raises
    GetParameterError when the error is permanent or nothing is cached.
    """
    try:
        return str(provider.get(name, max_age=max_age))
    except GetParameterError as error:
        cause = error.__context__
        permanent = (
            isinstance(cause, ClientError) and cause.response["Error"]["Code"] in PERMANENT_ERRORS
        )
        # Powertools' cache key: name, transformation, and whether it is a tree of parameters.
        cached = provider.store.get((name, None, False))
        if permanent or cached is None:
            raise
        return str(cached.value)
