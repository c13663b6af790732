"""The page's files and its event stream, without a browser."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import orjson
import pytest

from mixpanel_emulator import Emulator
from mixpanel_emulator.faults.types import FAULT_TYPES
from mixpanel_emulator.rules.table import RULES
from mixpanel_emulator.web.event_stream import BACKLOG, PENDING_LIMIT, Watcher
from tests.unit.emulator.asgi_client import NOW, AsgiClient, tracked

HTML = {"Accept": "text/html,application/xhtml+xml"}


def test_page_for_a_browser() -> None:
    """A browser gets a page that may load only its own files."""
    response = AsgiClient().call("GET", "/", headers=HTML)
    policy = response.headers["content-security-policy"]
    assert (response.headers["content-type"], policy.partition(";")[0], "unsafe" in policy) == (
        "text/html; charset=utf-8",
        "default-src 'none'",
        False,
    )


def test_welcome_for_a_program() -> None:
    """Other clients get JSON."""
    response = AsgiClient().call("GET", "/")
    assert (response.headers["content-type"], "what" in response.json()) == (
        "application/json",
        True,
    )


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/_emulator/page/page.css", "text/css; charset=utf-8"),
        ("/_emulator/page/page.js", "text/javascript; charset=utf-8"),
        ("/_emulator/page/icon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
    ],
)
def test_files_of_the_page(path: str, content_type: str) -> None:
    """Each file has its content type, and causes no violation."""
    client = AsgiClient()
    response = client.call("GET", path)
    assert (response.status_code, response.headers["content-type"], client.violations()) == (
        200,
        content_type,
        [],
    )


def test_catalogue() -> None:
    """The catalogue lists every rule and every fault."""
    shown = AsgiClient().call("GET", "/_emulator/catalogue").json()
    ids = [rule["id"] for rule in shown["rules"]], [fault["name"] for fault in shown["faults"]]
    assert ids == ([rule.id for rule in RULES], list(FAULT_TYPES))


def next_message(lines: Iterator[str]) -> dict[str, Any]:
    """Return the next message of a stream."""
    message: dict[str, Any] = orjson.loads(
        next(line for line in lines if line.startswith("data: ")).removeprefix("data: ")
    )
    return message


def test_stream_sends_earlier_and_new_items() -> None:
    """A watcher gets the latest items first, then each item as it arrives."""
    with Emulator(now=lambda: NOW) as mixpanel:
        http = httpx.Client(base_url=mixpanel.url, trust_env=False)
        http.post("/track", json=[tracked()])
        with http.stream("GET", "/_emulator/stream") as stream:
            lines = stream.iter_lines()
            before = next_message(lines)
            http.post("/track", json=[tracked(name="$merge")])
            after = next_message(lines)
        http.close()
    kinds = [[item["kind"] for item in message["items"]] for message in (before, after)]
    assert (stream.headers["content-type"], kinds, after["items"][0]["rule"]) == (
        "text/event-stream; charset=utf-8",
        [["events", "requests"], ["violations", "requests"]],
        "E36",
    )


def test_stream_starts_with_the_latest_items_only() -> None:
    """A watcher gets only the latest items of the past."""
    with Emulator(now=lambda: NOW) as mixpanel:
        http = httpx.Client(base_url=mixpanel.url, trust_env=False)
        many = [tracked({"n": n, "$insert_id": None}) for n in range(BACKLOG + 1)]
        http.post("/track", json=many)
        with http.stream("GET", "/_emulator/stream") as stream:
            items = next_message(stream.iter_lines())["items"]
        http.close()
    numbers = [item["properties"]["n"] for item in items if item["kind"] == "events"]
    assert numbers == list(range(1, BACKLOG + 1))


def test_slow_watcher_gets_the_number_of_dropped_items() -> None:
    """A watcher's queue is bounded, and counts the items that it dropped."""
    watcher = Watcher()
    for n in range(PENDING_LIMIT + 2):
        watcher.add({"n": n})
    first = next(islice(watcher.pending, 1))
    assert (first, len(watcher.pending), watcher.missed) == ({"n": 2}, PENDING_LIMIT, 2)


def test_emulator_stops_with_an_open_stream() -> None:
    """The stream ends with the emulator."""
    http = httpx.Client(trust_env=False)
    with Emulator(now=lambda: NOW) as mixpanel:
        opened = http.send(
            http.build_request("GET", f"{mixpanel.url}/_emulator/stream"), stream=True
        )
    rest = b"".join(opened.iter_raw())
    http.close()
    assert rest.startswith(b"retry: 1000\n\ndata: ")
