"""Mixpanel's raw export with given answers, on a socket of this machine."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import Any

from rudder_mixpanel_cli.raw_export.export import RawExport
from rudder_mixpanel_cli.raw_export.exported_event import ExportedEvent
from rudder_mixpanel_cli.raw_export.project import ExportProject
from tests.fakes.hostile_server import HostileServer, read_request, response

TODAY = date(2026, 11, 27)
YESTERDAY = date(2026, 11, 26)
# 2026-11-26T12:00:00Z
NOON = 1_795_694_400_000


def row(name: str = "Signed Up", insert_id: str = "i", time: int = NOON, **properties: Any) -> Any:
    """A row of the export."""
    identity = {"time": time, "distinct_id": "u", "$insert_id": insert_id}
    return {"event": name, "properties": identity | properties}


def lines(*rows: Any) -> bytes:
    """Rows as the export has them."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in rows)


def ok(*rows: Any) -> bytes:
    """An answer with rows, compressed."""
    return response(gzip.compress(lines(*rows)), b"Content-Encoding: gzip")


def error(status: str, text: str = "") -> bytes:
    """An answer with an error."""
    return response(json.dumps({"error": text}).encode(), status=status.encode())


@dataclass
class Exporting:
    """What the server was asked, what the user was told, and how long the client waited."""

    requests: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    export: RawExport = field(init=False)

    @property
    def days(self) -> list[str]:
        """The first day of each request."""
        return [one.partition("from_date=")[2][:10] for one in self.requests]

    def events(self, first: date = YESTERDAY, last: date = YESTERDAY) -> list[ExportedEvent]:
        """The events of some days."""
        return list(self.export.events(first, last, TODAY))


@contextmanager
def exporting(*answers: bytes, zone: tzinfo = UTC) -> Iterator[Exporting]:
    """An export with these answers in turn, and empty ones after them.

    A cut answer ends its connection.
    """
    state = Exporting()
    with HostileServer(scripted(state, iter(answers))) as server:
        project = ExportProject("1", server.url, "ann", "s3cret", zone)
        state.export = RawExport(project, state.told.append, sleep=state.waits.append)
        yield state


def scripted(state: Exporting, answers: Iterator[bytes]) -> Callable[[socket.socket], None]:
    """A server that answers in turn, over as many connections as the client opens."""

    def respond(connection: socket.socket) -> None:
        while request := read_request(connection):
            state.requests.append(request.decode())
            answer = next(answers, response())
            connection.sendall(answer)
            if is_cut(answer):
                return

    return respond


def is_cut(answer: bytes) -> bool:
    """Whether an answer is shorter than it says."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return len(body) < int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
