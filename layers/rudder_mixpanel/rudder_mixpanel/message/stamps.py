"""Stamps: when an update of a profile was made, in ten bytes that compare as the times do."""

from hashlib import sha256
from typing import Final

TIME_BYTES: Final = 6
TIE_BYTES: Final = 4
STAMP_BYTES: Final = TIME_BYTES + TIE_BYTES
# The last time that six bytes hold; the first is the beginning of 1970.
LATEST_TIME: Final = 256**TIME_BYTES - 1


def stamp(time: int, now: int, source: str) -> bytes:
    """The stamp of what happened at a time, and what reached the queue at `now`.

    Both are in milliseconds since 1970, and the earlier one counts: a clock that is years ahead
    would otherwise shut out all updates until then. Of several updates at the same time, a hash of
    their source decides, so that every invocation decides alike.
    """
    moment = min(max(min(time, now), 0), LATEST_TIME)
    tie = sha256(source.encode("utf-8", "surrogatepass")).digest()[:TIE_BYTES]
    return moment.to_bytes(TIME_BYTES) + tie
