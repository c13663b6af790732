"""Searches a log group backwards in time, several windows at once."""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel_cli.where.log_lines import LogLine

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# AWS answers five calls a second, of all callers in an account and region.
CONCURRENCY: Final = 4
# Windows begin at this length. Those that take a single page grow, those that take many shrink, so
# that neither a quiet log takes many calls nor a busy one a long row of pages.
FIRST_WINDOW: Final = timedelta(minutes=15)
SHORTEST_WINDOW: Final = timedelta(minutes=1)
LONGEST_WINDOW: Final = timedelta(days=7)
GROWTH: Final = 4
MANY_PAGES: Final = 4


@dataclass(frozen=True, slots=True)
class Window:
    """The time from `start` to `end`, both included, in milliseconds since 1970."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WindowLines:
    """What was found in a window, and how many pages it took."""

    window: Window
    lines: list[LogLine]
    pages: int

    @property
    def searched_to(self) -> datetime:
        """The time back to which the log is searched."""
        return EPOCH + self.window.start * MILLISECOND


@dataclass(slots=True)
class LogSearch:
    """Finds the lines of a log group that match any of the patterns."""

    logs: "CloudWatchLogsClient"
    group: str
    patterns: Sequence[str]
    length: timedelta = FIRST_WINDOW
    stopped: Event = field(default_factory=Event)

    def backwards(self, since: datetime, until: datetime) -> Generator[WindowLines]:
        """Yield the windows from the newest to the oldest, until the caller stops.

        The windows before it are searched meanwhile, and given up when the caller stops.
        """
        start, end = milliseconds_of(since), milliseconds_of(until)
        pending: deque[Future[WindowLines]] = deque()
        with ThreadPoolExecutor(CONCURRENCY) as threads:
            try:
                while pending or end >= start:
                    while end >= start and len(pending) < CONCURRENCY:
                        window = Window(max(start, end - self.length // MILLISECOND + 1), end)
                        pending.append(threads.submit(self.search_window, window))
                        end = window.start - 1
                    found = pending.popleft().result()
                    self.adapt(found.pages)
                    yield found
            finally:
                self.stopped.set()
                for future in pending:
                    future.cancel()
        self.stopped.clear()

    def adapt(self, pages: int) -> None:
        """Choose the length of the next window by the pages of this one."""
        if pages <= len(self.patterns):
            self.length = min(self.length * GROWTH, LONGEST_WINDOW)
        elif pages > MANY_PAGES * len(self.patterns):
            self.length = max(self.length / 2, SHORTEST_WINDOW)

    def search_window(self, window: Window) -> WindowLines:
        """All lines of a window that match, by each of the patterns."""
        pages = [page for pattern in self.patterns for page in self.pages(window, pattern)]
        read = (LogLine.of(event) for page in pages for event in page)
        return WindowLines(window, [line for line in read if line is not None], len(pages))

    def pages(self, window: Window, pattern: str) -> Iterator[list[Any]]:
        """The matching events of a window, page by page; pages may be empty."""
        token: dict[str, Any] = {}
        while not self.stopped.is_set():
            response = self.logs.filter_log_events(
                logGroupName=self.group,
                startTime=window.start,
                endTime=window.end,
                filterPattern=pattern,
                **token,
            )
            yield response.get("events", [])
            if "nextToken" not in response:
                return
            token = {"nextToken": response["nextToken"]}


def milliseconds_of(time: datetime) -> int:
    """A time in milliseconds since 1970."""
    return (time - EPOCH) // MILLISECOND
