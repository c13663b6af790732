"""boto3's client of CloudWatch Logs, without a network: FilterLogEvents, page by page."""

from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.fakes.logs.pattern import InvalidPattern, compile_pattern

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
PAGE_BYTES: Final = 1_048_576
PAGE_EVENTS: Final = 10_000
# What AWS counts for each log event beside its text.
EVENT_OVERHEAD: Final = 26
# Of PutLogEvents
EVENT_BYTES: Final = PAGE_BYTES - EVENT_OVERHEAD


@dataclass(frozen=True, slots=True, order=True)
class LogEvent:
    """A line: sorted by its time, then by when it came in."""

    timestamp: int
    ingestion: int
    number: int
    message: str = field(compare=False)
    stream: str = field(compare=False)

    @property
    def size(self) -> int:
        """The bytes that it counts."""
        return len(self.message.encode()) + EVENT_OVERHEAD


class LogGroup:
    """The lines of one group. Times are in milliseconds since 1970."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []
        self.numbers = count()

    def put(self, timestamp: int, message: str, *, stream: str = "s", ingestion: int = 0) -> None:
        """Write a line; raises ValueError for one that is too long."""
        event = LogEvent(timestamp, ingestion or timestamp, next(self.numbers), message, stream)
        if event.size > PAGE_BYTES:
            raise ValueError("the line is longer than CloudWatch Logs takes")
        insort(self.events, event)

    def between(self, start: int, end: int) -> tuple[int, int]:
        """The places of the first line at or after `start`, and of the first one after `end`."""
        return (
            bisect_left(self.events, start, key=lambda event: event.timestamp),
            bisect_right(self.events, end, key=lambda event: event.timestamp),
        )


@dataclass(frozen=True, slots=True)
class Meta:
    """What a client says about itself."""

    endpoint_url: str


class LogsClient:
    """The client. A page ends after as many bytes of lines as AWS puts into one, found or not.

    AWS documents the size of a page and that pages may be empty, not how far it reads for one. So
    the real service may answer with fewer pages, and hardly with more. `calls` and `bytes_scanned`
    say what a search cost. The next calls fail with `errors`.
    """

    def __init__(self, **groups: LogGroup) -> None:
        self.groups = groups
        self.meta = Meta("https://logs.us-east-1.amazonaws.com")
        self.calls: list[dict[str, Any]] = []
        self.bytes_scanned = 0
        self.errors: list[str] = []
        self.lock = Lock()

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        """One page; raises ClientError as boto3 does."""
        with self.lock:
            self.calls.append(request)
            if self.errors:
                raise client_error(self.errors.pop(0))
        group = self.groups.get(request["logGroupName"])
        if group is None:
            raise client_error("ResourceNotFoundException")
        return self.page(group, check_request(request))

    def page(self, group: LogGroup, request: dict[str, Any]) -> dict[str, Any]:
        """The lines of one page, and a token when there may be more."""
        matches = compile_pattern(request.get("filterPattern", ""))
        first, end = group.between(request.get("startTime", 0), request.get("endTime", 2**53))
        place = read_token(request["nextToken"]) if "nextToken" in request else first
        limit, size = request.get("limit", PAGE_EVENTS), 0
        found: list[dict[str, Any]] = []
        while place < end and len(found) < limit:
            event = group.events[place]
            if size and size + event.size > PAGE_BYTES:
                break
            size += event.size
            place += 1
            if matches(event.message):
                found.append(shown(event))
        with self.lock:
            self.bytes_scanned += size
        token = {"nextToken": write_token(place)} if place < end else {}
        return {"events": found, "searchedLogStreams": [], **token}


def shown(event: LogEvent) -> dict[str, Any]:
    """A line as a response has it."""
    return {
        "logStreamName": event.stream,
        "timestamp": event.timestamp,
        "message": event.message,
        "ingestionTime": event.ingestion,
        "eventId": f"{event.number:056}",
    }


def check_request(request: dict[str, Any]) -> dict[str, Any]:
    """Raise ClientError for a request that AWS rejects."""
    try:
        compile_pattern(request.get("filterPattern", ""))
        if "nextToken" in request:
            read_token(request["nextToken"])
    except (InvalidPattern, ValueError):
        raise client_error("InvalidParameterException") from None
    start, end = request.get("startTime", 0), request.get("endTime", 2**53)
    if start > end or not 1 <= request.get("limit", 1) <= PAGE_EVENTS:
        raise client_error("InvalidParameterException")
    return request


def write_token(place: int) -> str:
    """A token, which says nothing to who gets it."""
    return b64encode(f"place {place}".encode()).decode()


def read_token(token: str) -> int:
    """The place in a token. Raises ValueError for one that is not of this service."""
    return int(b64decode(token, validate=True).decode().removeprefix("place "))


def client_error(code: str) -> ClientError:
    """What boto3 raises for an error response."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "FilterLogEvents")
