"""Operations are packed into requests within Mixpanel's limits."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from rudder_mixpanel.mixpanel.operations import Endpoint, Lane, Operation


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """How many operations and bytes one request may hold."""

    operations: int
    bytes: int


# Mixpanel accepts 2,000 events and 10 MB, 2,000 updates and 1 MB each. Smaller bodies cost little
# and are lost less often; groups are sent in the sizes that RudderStack uses.
# https://developer.mixpanel.com/reference/import-events#limits
LIMITS: Final[dict[Lane, RequestLimit]] = {
    "import": RequestLimit(operations=2000, bytes=2_000_000),
    "track": RequestLimit(operations=2000, bytes=2_000_000),
    "identity": RequestLimit(operations=2000, bytes=2_000_000),
    "engage": RequestLimit(operations=2000, bytes=1_000_000),
    "groups": RequestLimit(operations=200, bytes=1_000_000),
    # Few, because the outcome of all of them is unknown when one response is lost.
    "counters": RequestLimit(operations=50, bytes=1_000_000),
}


@dataclass(frozen=True, slots=True)
class Request:
    """Operations that are sent together."""

    operations: tuple[Operation, ...]

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of all of them."""
        return self.operations[0].endpoint

    @property
    def body(self) -> bytes:
        """The operations as a JSON array."""
        return b"[%b]" % b",".join([operation.encoded for operation in self.operations])

    @property
    def repeatable(self) -> bool:
        """Whether sending it again changes nothing."""
        return all(operation.repeatable for operation in self.operations)

    def halves(self) -> "tuple[Request, Request]":
        """The same operations, in order, as two requests."""
        middle = len(self.operations) // 2
        return (
            Request(self.operations[:middle]),
            Request(self.operations[middle:]),
        )


def pack_requests(
    operations: Iterable[Operation], limit: Callable[[], RequestLimit]
) -> Iterator[Request]:
    """Pack operations of one lane, in order, into as few requests as the limit allows.

    The limit is read again for each request, since a response can lower it. An operation that
    exceeds it is sent alone, and Mixpanel decides.
    """
    remaining = tuple(operations)
    # Bytes up to the end of each operation, with a comma or bracket each, as if in one request.
    ends = list(accumulate(len(operation.encoded) + 1 for operation in remaining))
    start = 0
    while start < len(remaining):
        most = limit()
        before = ends[start - 1] if start else 0
        fitting = bisect_right(ends, before + most.bytes - 1, lo=start)
        end = max(start + 1, min(fitting, start + most.operations))
        yield Request(remaining[start:end])
        start = end
