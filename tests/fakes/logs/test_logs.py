"""The stand-in of CloudWatch Logs, held to AWS's documentation."""

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.logs.client import EVENT_BYTES, PAGE_BYTES, PAGE_EVENTS, LogGroup, LogsClient
from tests.fakes.logs.pattern import MAX_PATTERN, InvalidPattern, compile_pattern


def client(*messages: str) -> LogsClient:
    """A client of a group with a line a millisecond."""
    group = LogGroup()
    for number, message in enumerate(messages):
        group.put(1000 + number, message)
    return LogsClient(group=group)


def pages(logs: LogsClient, **request: Any) -> list[list[str]]:
    """The texts of all pages."""
    found: list[list[str]] = []
    token: dict[str, Any] = {}
    while True:
        response = logs.filter_log_events(logGroupName="group", **request, **token)
        found.append([event["message"] for event in response["events"]])
        if "nextToken" not in response:
            return found
        token = {"nextToken": response["nextToken"]}


def error_code(logs: LogsClient, **request: Any) -> str:
    """The code of the error that a request raises."""
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(**{"logGroupName": "group", **request})
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("ERROR", [0, 1, 2]),
        ("ERROR REQUEST", [0, 1]),
        ('"ERROR 401"', [1]),
        ('?"ERROR 401" ?"INFO"', [1, 4]),
        ("ERROR -UNAUTHORIZED", [0, 2]),
        ("error", []),
        ("AUTHORIZED", []),
        ("%AUTHORIZED%", [1, 3]),
        (r"%40[01]|INFO%", [0, 1, 4]),
        (r"%10\.10\.0\.1%", [3]),
        ("%^INFO%", [4]),
    ],
)
def test_pattern_finds_lines(pattern: str, found: list[int]) -> None:
    """By words, phrases, any of several, without others; by a part of a word with `%`."""
    lines = [
        "[ERROR 400] BAD REQUEST",
        "[ERROR 401] UNAUTHORIZED REQUEST",
        "[ERROR 419] MISSING ARGUMENTS",
        "AUTHORIZED_BY 10.10.0.1",
        "INFO 10-10-0-1",
    ]
    matches = compile_pattern(pattern)
    assert [index for index, line in enumerate(lines) if matches(line)] == found


@pytest.mark.parametrize(
    "pattern",
    ["%(a)%", "%a!%", "%é%", "%%", "%a", "%[a%", "a-b", "{ $.a = 1 }", "[a, b]", "a" * 1025],
)
def test_unsupported_pattern_is_rejected(pattern: str) -> None:
    """A regular expression of other characters, a term that needs quotes, and a long pattern."""
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)
    assert error_code(client(), filterPattern=pattern) == "InvalidParameterException"


def test_longest_pattern_is_accepted() -> None:
    """It has 1,024 characters."""
    assert compile_pattern("a" * MAX_PATTERN)("a") is False


def test_times_are_inclusive() -> None:
    """In milliseconds, at both ends."""
    assert pages(client("a", "b", "c", "d"), startTime=1001, endTime=1002) == [["b", "c"]]


def test_lines_are_sorted_by_time() -> None:
    """And by when they came in."""
    group = LogGroup()
    group.put(2, "c")
    group.put(1, "b", ingestion=9)
    group.put(1, "a", ingestion=8)
    assert pages(LogsClient(group=group)) == [["a", "b", "c"]]


def test_page_ends_after_a_megabyte() -> None:
    """Also when nothing of it is found: empty pages have a token."""
    logs = client(*["x" * 400_000] * 5, "needle")
    assert pages(logs, filterPattern="needle") == [[], [], ["needle"]]
    assert len(logs.calls) == 3
    assert 2_000_000 < logs.bytes_scanned < 3 * PAGE_BYTES


def test_line_may_fill_a_page() -> None:
    """It is the only one of its page."""
    assert [len(page) for page in pages(client("x" * EVENT_BYTES, "y"))] == [1, 1]


def test_page_has_at_most_ten_thousand_lines() -> None:
    """Or as many as the request allows."""
    assert [len(page) for page in pages(client(*["x"] * (PAGE_EVENTS + 1)))] == [PAGE_EVENTS, 1]
    assert [len(page) for page in pages(client(*["x"] * 5), limit=2)] == [2, 2, 1]


def test_pages_have_every_line_once() -> None:
    """In the order of their times."""
    found = [text for page in pages(client(*map(str, range(500))), limit=7) for text in page]
    assert all(int(one) + 1 == int(two) for one, two in pairwise(found))
    assert len(found) == 500


def test_line_longer_than_a_megabyte_is_refused() -> None:
    """PutLogEvents takes 1 MiB with an overhead of 26 bytes."""
    with pytest.raises(ValueError, match="longer"):
        LogGroup().put(1, "x" * (EVENT_BYTES + 1))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"logGroupName": "other"}, "ResourceNotFoundException"),
        ({"startTime": 2, "endTime": 1}, "InvalidParameterException"),
        ({"limit": 0}, "InvalidParameterException"),
        ({"limit": 10_001}, "InvalidParameterException"),
        ({"nextToken": "?"}, "InvalidParameterException"),
    ],
    ids=["no group", "times", "no limit", "large limit", "token"],
)
def test_wrong_request_is_an_error(request_: dict[str, Any], code: str) -> None:
    """With AWS's code."""
    assert error_code(client(), **request_) == code


def test_error_can_be_injected() -> None:
    """Once for each code, for tests of what calls it."""
    logs = client("a")
    logs.errors = ["ThrottlingException"]
    assert error_code(logs) == "ThrottlingException"
    assert pages(logs) == [["a"]]
