"""Settings and secrets, read from their stores and checked."""

from typing import Any, Final

import orjson

from rudder_mixpanel.aws.text_store import TextStore, TextUnavailable
from rudder_mixpanel.errors import ConfigurationError

# Seconds for which settings and credentials are cached: a fix is in use a minute later.
MAX_AGE: Final = 60
# What the error message tells its reader to put there.
SETTINGS_HOLD: Final = "the destination's Config as a JSON object, without credentials"
KEY_HOLDS: Final = "the text of 32 characters or more that the stack was made with"
# What to do about one that is missing.
SET_UP: Final = "run rudder-mixpanel setup"
RESTORE: Final = "restore it, as no other key finds the suppressed users"
MIN_KEY_LENGTH: Final = 32
SECONDS_A_DAY: Final = 86_400


def suppression_key(secrets: TextStore, name: str) -> bytes:
    """The key of the pseudonyms, which never changes; a container reads it once a day.

    Raises ConfigurationError when the secret cannot be read or is too short.
    """
    source = f"secret {name}"
    text = read_text(
        secrets, name, source=source, holds=KEY_HOLDS, max_age=SECONDS_A_DAY, advice=RESTORE
    )
    key = text.encode()
    if len(key) < MIN_KEY_LENGTH:
        raise ConfigurationError(source, f"expected {KEY_HOLDS}")
    return key


def read_json(store: TextStore, name: str, *, kind: str, holds: str) -> dict[str, Any]:
    """A JSON object from a parameter or secret.

    Raises ConfigurationError when it cannot be read or is not a JSON object.
    """
    source = f"{kind} {name}"
    text = read_text(store, name, source=source, holds=holds, max_age=MAX_AGE, advice=SET_UP)
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(
            source, f"expected {holds}; invalid JSON at position {error.pos}"
        ) from None
    if not isinstance(content, dict):
        raise ConfigurationError(source, f"expected {holds}; it is not a JSON object")
    return content


def read_text(  # noqa: PLR0913 - what an error says
    store: TextStore, name: str, *, source: str, holds: str, max_age: int, advice: str
) -> str:
    """A text from a store. Raises ConfigurationError, with the advice when there is none."""
    try:
        return store.get(name, max_age=max_age)
    except TextUnavailable as error:
        reason = f"it is missing: {advice}" if error.is_missing else f"cannot be read: {error}"
        raise ConfigurationError(source, f"expected {holds}; {reason}") from error
