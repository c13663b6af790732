"""Every fault that can be planned, in one table; docs/emulator.md is printed from it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

import orjson

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.answers import legacy, say_status, validation_failed
from mixpanel_emulator.endpoints.visit import Answer, Fault, Loss, Visit
from mixpanel_emulator.rules import ALL, IMPORT, OPEN

type Receive = Callable[[Visit], Answer]
type Effect = Callable[[Visit, Receive], Answer]

ANY: Final = (*ALL, "deletions")
REFUSAL: Final = Fault("", "properties", say.REFUSED_BY_FAULT)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a client sees of a fault, what is stored, and how it comes about."""

    name: str
    endpoints: tuple[str, ...]
    sees: str
    stored: str
    effect: Effect
    # Whether it refuses single records: those that the aim names, or the first.
    singles_out: bool = False
    reads_body: bool = True


def as_usual(visit: Visit, receive: Receive) -> Answer:
    """Receive the request as if nothing were planned."""
    return receive(visit)


def instead(answer: Answer) -> Effect:
    """Give this answer, and receive nothing."""
    return lambda _visit, _receive: answer


def losing(loss: Loss) -> Effect:
    """Receive the request, and lose its answer."""
    return lambda visit, receive: replace(receive(visit), lost=loss)


def html(status: HTTPStatus) -> Effect:
    """A page of HTML, as the machines before Mixpanel give it."""
    title = f"{status.value} {say_status(status)}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return instead(Answer(status, body.encode(), "text/html"))


def refusing(status: HTTPStatus, error: str) -> Effect:
    """Refuse the request in the newer shape, /import's."""
    body = {"code": status.value, "error": error, "status": say_status(status)}
    return instead(Answer.json(status, body))


def refusing_as_of_old(status: HTTPStatus, error: str, word: int | str) -> Effect:
    """Refuse the request in the older shape, with this word as its `status`."""
    return instead(Answer.json(status, {"error": error, "status": word}))


def reporting(report: Callable[[dict[str, Any]], Answer]) -> Effect:
    """Receive the request, and report the records refused in another shape."""

    def effect(visit: Visit, receive: Receive) -> Answer:
        answer = receive(visit)
        told = orjson.loads(answer.body)
        # A request that is refused as a whole stays so.
        return report(told) if isinstance(told, dict) and "failed_records" in told else answer

    return effect


def with_dollars(told: dict[str, Any]) -> Answer:
    """The insert id under the name that it has in events."""
    failed = [
        {"$insert_id" if name == "insert_id" else name: value for name, value in one.items()}
        for one in told["failed_records"]
    ]
    return validation_failed(told["num_records_imported"], failed)


def succeeded(imported: int) -> Answer:
    """All is well, and so many records are in."""
    body = {"code": 200, "num_records_imported": imported, "status": "OK"}
    return Answer.json(HTTPStatus.OK, body)


def fewer(told: dict[str, Any]) -> Answer:
    """Success that counts only what was stored."""
    return succeeded(told["num_records_imported"])


def all_of_them(told: dict[str, Any]) -> Answer:
    """Success that counts what was refused as well."""
    return succeeded(told["num_records_imported"] + len(told["failed_records"]))


def error_although_stored(visit: Visit, receive: Receive) -> Answer:
    """Receive the request, and name the error of the records refused."""
    receive(visit)
    return legacy(visit, say.REFUSED_BY_FAULT)


def nothing_stored(visit: Visit, _receive: Receive) -> Answer:
    """Status 0, in the form that was asked for."""
    return legacy(visit, say.REFUSED_BY_FAULT)


def truncated(visit: Visit, receive: Receive) -> Answer:
    """Receive the request, and give the first half of its answer as if that were all."""
    answer = receive(visit)
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def swallowed(visit: Visit, receive: Receive) -> Answer:
    """Store nothing, and say that all went well."""
    if visit.endpoint != IMPORT:
        return legacy(visit, None)
    visit.refuses = lambda _index, _record: REFUSAL
    return reporting(all_of_them)(visit, receive)


LOST: Final = instead(Answer(0, b"", lost=Loss.ALL))
ENVOY: Final = Answer(
    HTTPStatus.SERVICE_UNAVAILABLE,
    b"upstream connect error or disconnect/reset before headers. reset reason: connection failure",
    "text/plain",
)
ZERO: Final = Answer(HTTPStatus.OK, b"0", "text/plain")
NOTHING, USUAL, REST = "nothing", "as usual", "all but the records aimed at"
ONLY_IMPORT: Final = (IMPORT,)

# One row a fault, so that it reads as a table.
# fmt: off
ROWS: Final = (
    Kind("lost_unread", ANY, "the connection is reset before the body is read", NOTHING, LOST,
         reads_body=False),
    Kind("lost_unapplied", ANY, "the connection is reset after the body was read", NOTHING, LOST),
    Kind("applied_then_lost", ANY, "the connection is reset where the answer would begin", USUAL,
         losing(Loss.ALL)),
    Kind("half_answer", ANY, "the connection ends in the middle of the answer's body", USUAL,
         losing(Loss.HALF)),
    Kind("slow", ANY, "the usual answer, `delay` seconds late", USUAL, as_usual),
    Kind("truncated_json", ANY, "the usual answer, complete for HTTP, but only half of its body",
         USUAL, truncated),
    Kind("swallowed", ALL, "success", NOTHING, swallowed),
    Kind("envoy_503", ANY, "503, a line of plain text", NOTHING, instead(ENVOY)),
    Kind("html_403", ANY, "403, a page of HTML", NOTHING, html(HTTPStatus.FORBIDDEN)),
    Kind("html_413", ANY, "413, a page of HTML", NOTHING, html(HTTPStatus.CONTENT_TOO_LARGE)),
    Kind("html_414", ANY, "414, a page of HTML", NOTHING, html(HTTPStatus.URI_TOO_LONG)),
    Kind("html_500", ANY, "500, a page of HTML", NOTHING, html(HTTPStatus.INTERNAL_SERVER_ERROR)),
    Kind("html_502", ANY, "502, a page of HTML", NOTHING, html(HTTPStatus.BAD_GATEWAY)),
    Kind("html_504", ANY, "504, a page of HTML", NOTHING, html(HTTPStatus.GATEWAY_TIMEOUT)),
    Kind("json_401", ANY, "401, JSON", NOTHING,
         refusing(HTTPStatus.UNAUTHORIZED, say.INVALID_CREDENTIALS)),
    Kind("json_403", ANY, '403, JSON with `"status": "error"`', NOTHING,
         refusing_as_of_old(HTTPStatus.FORBIDDEN, say.REFUSED_BY_FAULT, "error")),
    Kind("json_408", ANY, "408, JSON", NOTHING,
         refusing(HTTPStatus.REQUEST_TIMEOUT, say.REFUSED_BY_FAULT)),
    Kind("json_413", ANY, "413, JSON that names a limit of 2 MB; aim it with `larger_than`",
         NOTHING, refusing(HTTPStatus.CONTENT_TOO_LARGE, say.TOO_LARGE.format(limit=2_097_152))),
    Kind("json_429", ANY, "429, JSON", NOTHING,
         refusing(HTTPStatus.TOO_MANY_REQUESTS, say.TOO_MANY_REQUESTS)),
    Kind("json_429_of_old", ANY, '429, JSON with `"status": 0` and no code', NOTHING,
         refusing_as_of_old(HTTPStatus.TOO_MANY_REQUESTS, say.TOO_MANY_REQUESTS, 0)),
    Kind("json_500", ANY, "500, JSON", NOTHING,
         refusing(HTTPStatus.INTERNAL_SERVER_ERROR, say.REFUSED_BY_FAULT)),
    Kind("json_503", ANY, "503, JSON", NOTHING,
         refusing(HTTPStatus.SERVICE_UNAVAILABLE, say.REFUSED_BY_FAULT)),
    Kind("failed_records", ONLY_IMPORT, "400, the records refused as objects with `insert_id`",
         REST, as_usual, singles_out=True),
    Kind("failed_records_with_dollar", ONLY_IMPORT,
         "400, the records refused as objects with `$insert_id`", REST, reporting(with_dollars),
         singles_out=True),
    Kind("failed_records_as_text", ONLY_IMPORT, "400, `failed_records` holds one text", NOTHING,
         instead(validation_failed(0, [say.IDENTITY_EVENT]))),
    Kind("fewer_imported", ONLY_IMPORT, "200, `num_records_imported` smaller than what was sent",
         REST, reporting(fewer), singles_out=True),
    Kind("error_although_stored", OPEN, "200, status 0 with an error", REST, error_although_stored,
         singles_out=True),
    Kind("status_0", OPEN, "200, status 0 with an error", NOTHING, nothing_stored),
    Kind("body_0", OPEN, "200, `0` even where JSON was asked for", NOTHING, instead(ZERO)),
)
# fmt: on
KINDS: Final = {kind.name: kind for kind in ROWS}


def printed() -> str:
    """The table of faults as Markdown."""
    rows = ["| Fault | Endpoints | What the client sees | What is stored |", "|---|---|---|---|"]
    rows += [
        f"| `{kind.name}` | {'any' if kind.endpoints == ANY else ', '.join(kind.endpoints)} "
        f"| {kind.sees} | {kind.stored} |"
        for kind in ROWS
    ]
    return "\n".join(rows) + "\n"
