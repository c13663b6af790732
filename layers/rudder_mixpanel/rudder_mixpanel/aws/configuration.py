"""Settings and secrets: SSM parameters and Secrets Manager secrets, cached and checked."""

from typing import Any, Final

import orjson
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import ClientError

from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel.errors import ConfigurationError

# Seconds that settings and secret are believed: a mended one is in use a minute later.
MAX_AGE: Final = 60
# Fields of RudderStack's Config that do not belong into a readable parameter.
SECRET_SETTINGS: Final = ("apiSecret", "serviceAccountSecret", "gdprApiToken")
# Errors of the stores that do not pass by themselves.
LASTING: Final = frozenset(
    {
        "AccessDeniedException",
        "DecryptionFailure",
        "InvalidRequestException",
        "ParameterNotFound",
        "ResourceNotFoundException",
    }
)
# What a reader of the log is told to put there.
SETTINGS_HOLD: Final = "the destination's Config as a JSON object, without credentials"
KEY_HOLDS: Final = "the text of 32 characters or more that the stack was made with"
SHORTEST_KEY: Final = 32
SECONDS_A_DAY: Final = 86_400
# A call to AWS ends, for better or worse, within TIME_FOR_A_CALL of sqs.py.
IMPATIENT: Final = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}
)


def suppression_key(secrets: SecretsProvider, name: str) -> bytes:
    """The key of the pseudonyms, which never changes; raises ConfigurationError.

    A container reads it once a day.
    """
    try:
        key = fetch_text(secrets, name, max_age=SECONDS_A_DAY).encode()
    except GetParameterError as error:
        raise ConfigurationError(
            f"secret {name}", f"expected {KEY_HOLDS}; cannot be read: {error}"
        ) from error
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(f"secret {name}", f"expected {KEY_HOLDS}")
    return key


def read_settings_parameter(ssm: SSMProvider, name: str, secret: str) -> dict[str, Any]:
    """The destination's settings; raises ConfigurationError, also for a credential among them.

    `secret` is where credentials belong, for the message.
    """
    settings = read_json(ssm, name, kind="SSM parameter", holds=SETTINGS_HOLD)
    for setting, value in settings.items():
        if value and camel_case(setting) in SECRET_SETTINGS:
            raise ConfigurationError(setting, f"expected in {secret}, not in settings")
    return settings


def read_json(
    provider: SSMProvider | SecretsProvider, name: str, *, kind: str, holds: str
) -> dict[str, Any]:
    """A JSON object from the parameter store or the secret store; raises ConfigurationError."""
    where = f"{kind} {name}"
    try:
        content = orjson.loads(fetch_text(provider, name, max_age=MAX_AGE))
    except GetParameterError as error:
        raise ConfigurationError(where, f"expected {holds}; cannot be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(
            where, f"expected {holds}; it is no JSON at position {error.pos}"
        ) from None
    if not isinstance(content, dict):
        raise ConfigurationError(where, f"expected {holds}; it is JSON of another kind")
    return content


def fetch_text(provider: SSMProvider | SecretsProvider, name: str, *, max_age: int) -> str:
    """The text of a parameter or secret, not older than so many seconds if the store answers.

    While it only stutters, what it said last is believed for longer. Raises GetParameterError.
    """
    try:
        return str(provider.get(name, max_age=max_age))
    except GetParameterError as error:
        cause = error.__context__
        lasting = isinstance(cause, ClientError) and cause.response["Error"]["Code"] in LASTING
        # As Powertools calls what it remembers: by name, transformation, and whether it is a tree.
        remembered = provider.store.get((name, None, False))
        if lasting or remembered is None:
            raise
        return str(remembered.value)
