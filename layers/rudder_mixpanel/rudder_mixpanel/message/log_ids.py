"""How a messageId appears in a log: as it is, or as its hash where it may be personal data."""

import re
from hashlib import sha256
from typing import Final

# UUIDs and what SDKs put before or after them. Text with an `@`, blanks, control characters or more
# characters than these can be an address, a name, or anything else that a sender made its id of.
PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{0,64}")
HASHED: Final = "sha256:"


def loggable_id(message_id: str) -> str:
    """The messageId if it can be logged, else `sha256:` and the hash of its text in UTF-8.

    An operator who knows the id can compute the hash, and find the event in the log.
    """
    if PLAIN_ID.fullmatch(message_id):
        return message_id
    return HASHED + sha256(message_id.encode(errors="surrogatepass")).hexdigest()
