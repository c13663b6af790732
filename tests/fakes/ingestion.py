"""Mixpanel's ingestion API as a function from a request to a response."""

import gzip
from collections.abc import Callable
from typing import Any

import httpx
import orjson

type RequestHandler = Callable[[httpx.Request], httpx.Response]


def records_in(request: httpx.Request) -> list[dict[str, Any]]:
    """The records in the body of a request."""
    is_compressed = request.headers.get("Content-Encoding") == "gzip"
    body = gzip.decompress(request.content) if is_compressed else request.content
    records: list[dict[str, Any]] = orjson.loads(body)
    return records


def is_probe(request: httpx.Request) -> bool:
    """Whether a request imports nothing, and only asks whether its token is accepted."""
    return request.url.path == "/import" and request.content == b"[{}]"


def accepted_token() -> httpx.Response:
    """The response of /import to a probe with the token of a project."""
    error = "some data points in the request failed validation"
    body = {"code": 200, "error": error, "num_records_imported": 0, "status": 0}
    return httpx.Response(200, json=body)


def refused_token() -> httpx.Response:
    """The response of /import to a request with the token of no project."""
    body = {"code": 401, "error": "Unauthorized, invalid project secret.", "status": "Unauthorized"}
    return httpx.Response(401, json=body)


def accept_all(request: httpx.Request) -> httpx.Response:
    """Respond as Mixpanel does when it applies every record."""
    if is_probe(request):
        return accepted_token()
    if request.url.path == "/import":
        return imported(len(records_in(request)))
    return httpx.Response(200, json={"error": None, "status": 1})


def imported(count: int) -> httpx.Response:
    """The response of /import to a request whose events are all valid."""
    return httpx.Response(200, json={"code": 200, "num_records_imported": count, "status": "OK"})


def partly_imported(count: int, *failed: Any) -> httpx.Response:
    """The response of /import to a request with `count` events, some of which are not valid."""
    return httpx.Response(
        400,
        json={
            "code": 400,
            "error": "some data points in the request failed validation",
            "failed_records": failed,
            "num_records_imported": count - len(failed),
            "status": "Bad Request",
        },
    )


def failed_record(index: int, insert_id: Any, message: str = "no") -> dict[str, Any]:
    """An entry of `failed_records`: one event that /import rejects."""
    return {"index": index, "insert_id": insert_id, "field": "properties", "message": message}


def reject_all(request: httpx.Request) -> httpx.Response:
    """Respond as Mixpanel does when it lists every record as invalid."""
    records = records_in(request)
    if request.url.path == "/import":
        ids = (record["properties"]["$insert_id"] for record in records)
        failed = [failed_record(index, insert_id) for index, insert_id in enumerate(ids)]
        return partly_imported(len(failed), *failed)
    failed = [{"index": index, "message": "no"} for index in range(len(records))]
    return httpx.Response(200, json={"error": "no", "status": 0, "failed_records": failed})


def respond_by_path(**by_path: httpx.Response | Exception | RequestHandler) -> RequestHandler:
    """A handler that responds to each named endpoint as given, and accepts all other requests."""

    def handle(request: httpx.Request) -> httpx.Response:
        reaction = by_path.get(request.url.path.strip("/"), accept_all)
        if isinstance(reaction, Exception):
            raise reaction
        if isinstance(reaction, httpx.Response):
            # httpx reads a response once, so every request gets a copy.
            return httpx.Response(reaction.status_code, content=reaction.content)
        return reaction(request)

    return handle
