"""Searching a log backwards, and what that costs."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel.message.log_ids import PLAIN_ID
from rudder_mixpanel_cli.where.log_lines import facts_in
from rudder_mixpanel_cli.where.log_pattern import MAX_PATTERN, any_of, one_by_one
from rudder_mixpanel_cli.where.log_search import CONCURRENCY, LogSearch
from rudder_mixpanel_cli.where.searched_id import SearchedId
from tests.fakes.logs.client import LogGroup, LogsClient
from tests.fakes.logs.pattern import compile_pattern

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
# A call of FilterLogEvents takes some 250 ms, and AWS answers five a second.
SECONDS_A_CALL, CALLS_A_SECOND = 0.25, 5
EVENTS_A_SECOND, EVENTS_A_BATCH = 100, 500


def search(logs: LogsClient, *needles: str) -> LogSearch:
    """A search for needles."""
    return LogSearch(cast("CloudWatchLogsClient", logs), "group", list(any_of(needles)))


def found(logs: LogsClient, *needles: str, hours: float = 24) -> list[str]:
    """What a search finds in all windows, the newest window first."""
    windows = search(logs, *needles).backwards(NOW - timedelta(hours=hours), NOW)
    return [line.text("message") for window in windows for line in window.lines]


def put(group: LogGroup, ago: timedelta, **fields: Any) -> None:
    """Write a line of JSON."""
    group.put(round((NOW - ago).timestamp() * 1000), json.dumps(fields))


def busy_hour(events_a_second: int) -> LogGroup:
    """An hour of a log: receipts twice for each event, metrics and Lambda's own lines."""
    group = LogGroup()
    for batch in range(3600 * events_a_second // EVENTS_A_BATCH):
        ago = timedelta(seconds=batch * EVENTS_A_BATCH / events_a_second)
        hashes = "".join(receipt_hash(f"{batch}-{number}") for number in range(EVENTS_A_BATCH))
        put(
            group,
            ago,
            message="receipts",
            delivered={"2026-11-27": hashes},
            records={"delivered": hashes},
            function_request_id=f"run-{batch}",
        )
        put(group, ago, message="x" * 4000)
    return group


@given(st.lists(st.from_regex(PLAIN_ID, fullmatch=True).filter(bool), min_size=1, max_size=90))
def test_patterns_match_lines_with_a_needle(needles: list[str]) -> None:
    """Together all of them, within a word, too; each pattern is as long as AWS allows."""
    patterns = list(any_of(needles))
    matchers = [compile_pattern(pattern) for pattern in patterns]
    assert all(any(matches(f"x{needle}y") for matches in matchers) for needle in needles)
    assert max(map(len, patterns)) <= MAX_PATTERN


def test_dot_is_a_dot() -> None:
    """Not any character."""
    assert list(any_of(["a.b"])) == [r"%a\.b%"]


def test_stand_ins_get_one_term_at_a_time() -> None:
    """They know neither regular expressions nor several terms."""
    assert list(one_by_one({"b", "a"})) == ['"a"', '"b"']


@given(st.lists(st.integers(0, 24 * 3600 * 1000), max_size=30))
def test_every_line_is_found_once(ages: list[int]) -> None:
    """Wherever the borders of windows are."""
    group = LogGroup()
    for age in ages:
        put(group, timedelta(milliseconds=age), message="receipts", updated="needle")
    assert len(found(LogsClient(group=group), "needle")) == len(ages)


def test_newest_window_comes_first() -> None:
    """So that a search can stop at the first line that settles it; each begins where one ended."""
    windows = search(LogsClient(group=LogGroup()), "a").backwards(NOW - timedelta(days=1), NOW)
    borders = [(window.window.start, window.window.end) for window in windows]
    assert borders[0][1] - borders[-1][0] == 24 * 3600 * 1000
    assert all(newer[0] == older[1] + 1 for newer, older in pairwise(borders))


def test_quiet_day_takes_few_calls() -> None:
    """Windows without a second page grow."""
    logs = LogsClient(group=LogGroup())
    assert (found(logs, "needle"), len(logs.calls) <= 16) == ([], True)


def test_search_stops_when_it_is_closed() -> None:
    """What is behind it is not read."""
    logs = LogsClient(group=busy_hour(EVENTS_A_SECOND))
    with closing(search(logs, "needle").backwards(NOW - timedelta(days=30), NOW)) as windows:
        next(windows)
    assert len(logs.calls) < 30


@pytest.mark.parametrize("batch", [0, 360, 719], ids=["newest", "middle", "oldest"])
def test_hour_at_a_hundred_events_a_second_takes_five_seconds(batch: int) -> None:
    """Computed from the calls, wherever in the hour the event is."""
    logs = LogsClient(group=busy_hour(EVENTS_A_SECOND))
    searched = SearchedId.of(f"{batch}-7")
    windows = search(logs, *searched.needles).backwards(NOW - timedelta(hours=1), NOW)
    lines = [line for window in windows for line in window.lines]
    seconds = max(len(logs.calls) * SECONDS_A_CALL / CONCURRENCY, len(logs.calls) / CALLS_A_SECOND)
    print(f"{len(logs.calls)} calls, {logs.bytes_scanned:,} bytes: {seconds:.1f} s")  # noqa: T201
    assert ([fact.act.name for fact in facts_in(lines, searched)], seconds <= 5) == (
        ["DELIVERED", "DELIVERED"],
        True,
    )
