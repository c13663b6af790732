"""The response to an export is made while it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

import httpx
import orjson

from mixpanel_emulator import Emulator
from mixpanel_emulator.endpoints.exported_rows import ExportedRows
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.web.row_stream import CHUNK_BYTES, join_lines
from tests.unit.emulator.asgi_client import (
    ACCOUNT,
    EXPORT_PATH,
    EXPORTED,
    NOW,
    TODAY,
    TOKEN,
    event,
)

QUERY = {"project_id": "1", "from_date": TODAY, "to_date": TODAY}
BATCHES, BATCH = 10, 2000


@contextmanager
def serving(project: Project = EXPORTED) -> Iterator[tuple[Emulator, httpx.Client]]:
    """An emulator on a real socket, and a client of it."""
    with (
        Emulator(project=project, now=lambda: NOW) as mixpanel,
        httpx.Client(base_url=mixpanel.url, trust_env=False, timeout=30) as http,
    ):
        yield mixpanel, http


def import_many(http: httpx.Client, count: int, **properties: Any) -> None:
    """Import this many events in one request."""
    events = [event({"$insert_id": f"i-{n}", **properties}) for n in range(count)]
    http.post("/import?strict=1", json=events, auth=(TOKEN, "")).raise_for_status()


def begin(http: httpx.Client) -> httpx.Response:
    """Begin an export, and return when its head has arrived."""
    request = http.build_request("GET", EXPORT_PATH, params=QUERY)
    return http.send(request, auth=ACCOUNT, stream=True)


def test_many_rows_are_compressed_on_their_way() -> None:
    """Every row arrives, in a fraction of its bytes, and in no single piece."""
    with serving() as (_, http):
        for _ in range(BATCHES):
            import_many(http, BATCH)
        response = begin(http)
        head = (response.headers["content-encoding"], response.headers["transfer-encoding"])
        pieces = [len(piece) for piece in response.iter_raw()]
        lines = sum(1 for _ in begin(http).iter_lines())
    assert (head, lines, len(pieces) > BATCHES, sum(pieces) < lines * 30) == (
        ("gzip", "chunked"),
        BATCHES * BATCH,
        True,
        True,
    )


def test_import_during_an_export() -> None:
    """An export has what was there when it began, and keeps nobody waiting."""
    with serving() as (_, http):
        for _ in range(BATCHES):
            import_many(http, BATCH, text="x" * 200)
        response = begin(http)
        import_many(http, BATCH)
        lines = list(response.iter_lines())
    assert (len(lines), orjson.loads(lines[-1])["event"]) == (BATCHES * BATCH, "Order Completed")


def test_x18_exports_at_the_same_time() -> None:
    """A project may have so many responses on their way, and another one when one has ended."""
    with serving(replace(EXPORTED, concurrent_exports=1)) as (mixpanel, http):
        import_many(http, 3)
        mixpanel.fault("slow_rows", delay=0.2, times=1)
        first = begin(http)
        second = begin(http).status_code
        first.read()
        third = begin(http).status_code
    assert (first.status_code, second, third) == (200, 429, 200)


def test_client_that_leaves_during_an_export() -> None:
    """The server notices, and the export is over."""
    with serving(replace(EXPORTED, concurrent_exports=1, exports_per_hour=0)) as (mixpanel, http):
        import_many(http, 1000)
        mixpanel.fault("slow_rows", delay=0.05, times=1)
        begin(http).close()
        refused = iter(lambda: http.get(EXPORT_PATH, params=QUERY, auth=ACCOUNT).status_code, 200)
        statuses = list(islice(refused, 1000))
    assert (set(statuses) <= {429}, len(statuses) < 1000) == (True, True)


def test_rows_are_made_one_by_one() -> None:
    """For the first chunk, only as many rows are made as it holds."""
    made = []

    def render(item: dict[str, Any]) -> bytes:
        made.append(item)
        return b"x" * 1024

    next(join_lines(ExportedRows([{}] * 1000, render), CHUNK_BYTES))
    assert len(made) == CHUNK_BYTES // 1024
