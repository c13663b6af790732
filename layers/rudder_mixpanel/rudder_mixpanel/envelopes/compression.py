"""Decompresses gzip within limits: of bytes, and of members, each of which is work of its own."""

import zlib
from dataclasses import dataclass
from typing import Final

from rudder_mixpanel.errors import DeliveryError

GZIP: Final = b"\x1f\x8b"
GZIP_FORMAT: Final = 31  # zlib's number for gzip, with the largest window
# Senders write one member. A few are legal, when compressed files are joined; many are an attack,
# because an empty member has only 20 bytes.
MAX_MEMBERS: Final = 8
# Arrays and objects in decompressed JSON, of which each takes the memory of 20 characters. Real
# events have one in 50 characters, lists of coordinates one in 20.
MAX_CONTAINERS: Final = 400_000
TOO_LARGE: Final = "the decompressed size exceeds the limit of a record"
TOO_MANY_MEMBERS: Final = "more gzip members than the limit of a record"


class InvalidGzip(DeliveryError):
    """The content is not gzip, or not all of it."""


class GzipLimitExceeded(DeliveryError):
    """The content has more bytes or members than the limit, as the message says."""


@dataclass(slots=True)
class Decompressor:
    """Decompresses the parts of one body, which share its limits."""

    bytes_left: int
    members_left: int = MAX_MEMBERS

    def decompress(self, content: bytes) -> bytes:
        """The content of gzip; raises InvalidGzip, and GzipLimitExceeded as early as possible."""
        members: list[bytes] = []
        while content:
            if self.bytes_left < 0:
                raise GzipLimitExceeded(TOO_LARGE)
            if self.members_left == 0 or len(members) == MAX_MEMBERS:
                raise GzipLimitExceeded(TOO_MANY_MEMBERS)
            self.members_left -= 1
            member, content = read_member(content, self.bytes_left + 1)
            self.bytes_left -= len(member)
            members.append(member)
        if self.bytes_left < 0:
            raise GzipLimitExceeded(TOO_LARGE)
        return b"".join(members)


def read_member(content: bytes, most_bytes: int) -> tuple[bytes, bytes]:
    """The first member, at most this much of it, and the content after it; raises InvalidGzip.

    Zeros between members are padding.
    """
    stream = zlib.decompressobj(GZIP_FORMAT)
    try:
        member = stream.decompress(content, most_bytes)
    except zlib.error:
        raise InvalidGzip from None
    if stream.eof:
        return member, stream.unused_data.lstrip(b"\0")
    if len(member) < most_bytes:
        raise InvalidGzip
    return member, stream.unconsumed_tail
