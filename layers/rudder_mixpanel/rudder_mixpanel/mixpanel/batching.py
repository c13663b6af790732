"""Operations become requests within Mixpanel's limits."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from rudder_mixpanel.mixpanel.operations import Endpoint, Lane, Operation


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """What one request may hold."""

    operations: int
    bytes: int


# Mixpanel takes 2,000 events and 10 MB, 2,000 updates and 1 MB each. Smaller bodies cost little and
# are lost less often; groups are sent as the peer sends them.
# https://developer.mixpanel.com/reference/import-events#limits
LIMITS: Final[dict[Lane, RequestLimit]] = {
    "import": RequestLimit(operations=2000, bytes=2_000_000),
    "track": RequestLimit(operations=2000, bytes=2_000_000),
    "identity": RequestLimit(operations=2000, bytes=2_000_000),
    "engage": RequestLimit(operations=2000, bytes=1_000_000),
    "groups": RequestLimit(operations=200, bytes=1_000_000),
    # Few, because all of them are in doubt when one answer is lost.
    "counters": RequestLimit(operations=50, bytes=1_000_000),
}


@dataclass(frozen=True, slots=True)
class Request:
    """Operations that travel together."""

    operations: tuple[Operation, ...]

    @property
    def endpoint(self) -> Endpoint:
        """Where all of them go."""
        return self.operations[0].endpoint

    @property
    def body(self) -> bytes:
        """The JSON array of them."""
        return b"[%b]" % b",".join([operation.encoded for operation in self.operations])

    @property
    def repeatable(self) -> bool:
        """Whether sending it again changes nothing."""
        return all(operation.repeatable for operation in self.operations)

    def halves(self) -> "tuple[Request, Request]":
        """Two requests that together say the same, in the same order."""
        middle = len(self.operations) // 2
        return (
            Request(self.operations[:middle]),
            Request(self.operations[middle:]),
        )


def pack_requests(
    operations: Iterable[Operation], limit: Callable[[], RequestLimit]
) -> Iterator[Request]:
    """Pack operations of one lane, in order, into as few requests as the limit allows.

    The limit is asked anew for each request, since answers can teach a lower one. An operation that
    is over it alone travels alone, and Mixpanel judges.
    """
    waiting = tuple(operations)
    # Bytes of the operations up to each, with a comma or a bracket for each, as if in one request.
    ends = list(accumulate(len(operation.encoded) + 1 for operation in waiting))
    start = 0
    while start < len(waiting):
        most = limit()
        before = ends[start - 1] if start else 0
        fitting = bisect_right(ends, before + most.bytes - 1, lo=start)
        end = max(start + 1, min(fitting, start + most.operations))
        yield Request(waiting[start:end])
        start = end
