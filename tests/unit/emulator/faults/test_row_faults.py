"""The effect of each fault on the rows of an export, on a real socket."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixpanel_emulator import Emulator
from mixpanel_emulator.faults.row_effects import break_lines, split_line
from tests.unit.emulator.asgi_client import ACCOUNT, EXPORT_PATH, EXPORTED, NOW, TODAY, event
from tests.unit.emulator.socket_client import SocketClient

DEVICE = "00000000-0000-4000-8000-000000000001"
QUERY = {"project_id": "1", "from_date": TODAY, "to_date": TODAY}


class ExportClient(SocketClient):
    """A client of an emulator with four events."""

    def __init__(self, mixpanel: Emulator) -> None:
        super().__init__(mixpanel)
        mixpanel.reset()
        for n in range(4):
            self.import_events([event({"n": n, "$insert_id": f"i-{n}"})])

    def receive(self, **headers: str) -> tuple[bytes, Exception | None]:
        """Export, and return what arrived, and the error that ended it."""
        received = b""
        timeout = httpx.Timeout(10, read=0.3)
        with httpx.Client(base_url=self.emulator.url, trust_env=False, timeout=timeout) as http:
            try:
                with http.stream(
                    "GET", EXPORT_PATH, params=QUERY, auth=ACCOUNT, headers=headers
                ) as response:
                    for chunk in response.iter_bytes():
                        received += chunk
            except httpx.TransportError as error:
                return received, error
        return received, None

    def lines(self) -> list[str]:
        """Return the lines of an export that ends as it should: a row by its number."""
        received, error = self.receive()
        assert error is None
        return [number_in(line) for line in received.decode().removesuffix("\n").split("\n")]


def number_in(line: str) -> str:
    """The number of the event in a row; the line itself if it is no row."""
    try:
        return str(json.loads(line)["properties"]["n"])
    except ValueError:
        return line


@pytest.fixture(scope="module")
def exporting() -> Iterator[Emulator]:
    """An emulator that exports what arrives at once."""
    with Emulator(project=EXPORTED, now=lambda: NOW) as mixpanel:
        yield mixpanel


@pytest.fixture
def client(exporting: Emulator) -> ExportClient:
    """A client of the emulator, which has four events."""
    return ExportClient(exporting)


def test_terminated_early(client: ExportClient) -> None:
    """A complete response ends in a line that is no row."""
    client.emulator.fault("terminated_early")
    assert client.lines() == ["0", "1", "terminated early"]


def test_terminated_early_of_old(client: ExportClient) -> None:
    """The line has its other text."""
    client.emulator.fault("terminated_early_of_old")
    assert client.lines() == ["0", "1", "export terminated early"]


def test_terminated_at_once(client: ExportClient) -> None:
    """A complete response is nothing but the line."""
    client.emulator.fault("terminated_at_once")
    assert client.lines() == ["terminated early"]


@pytest.mark.parametrize(
    ("target", "complete"), [({}, 2), ({"contains": '"n":1'}, 1), ({"event": "Nothing"}, 2)]
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_cut_row(encoding: str, target: Any, complete: int, client: ExportClient) -> None:
    """The connection ends inside of a row, whether the rows are compressed or not."""
    client.import_events([event({"n": 3, "texts": ["x" * 200] * 10})])
    client.emulator.fault("cut_row", **target)
    received, error = client.receive(**{"Accept-Encoding": encoding})
    *rows, rest = received.decode().split("\n")
    assert (isinstance(error, httpx.RemoteProtocolError), len(rows), number_in(rest) == rest) == (
        True,
        complete,
        True,
    )
    assert rest != ""


def test_cut_row_without_rows(client: ExportClient) -> None:
    """There is nothing to cut, and yet the connection ends."""
    client.emulator.reset()
    client.emulator.fault("cut_row")
    received, error = client.receive()
    assert (received, type(error)) == (b"", httpx.RemoteProtocolError)


def test_half_answer_of_an_export(client: ExportClient) -> None:
    """The connection ends inside of the row in the middle."""
    client.emulator.fault("half_answer")
    received, error = client.receive()
    assert (received.count(b"\n"), type(error)) == (2, httpx.RemoteProtocolError)


def test_truncated_json_of_an_export(client: ExportClient) -> None:
    """The response is complete for HTTP, but its last row is not."""
    client.emulator.fault("truncated_json")
    received, error = client.receive()
    assert (received.count(b"\n"), received.endswith(b"}\n"), error) == (2, False, None)


def test_applied_then_lost_export(client: ExportClient) -> None:
    """Nothing of the response arrives."""
    client.emulator.fault("applied_then_lost")
    received, error = client.receive()
    assert (received, type(error)) == (b"", httpx.ReadError)


def test_raw_line_breaks(client: ExportClient) -> None:
    """A line break in a text is one in the response."""
    client.import_events([event({"n": 5, "text": "a\nb"})])
    client.emulator.fault("raw_line_breaks")
    *rows, begin, end = client.lines()
    assert (rows, json.loads(rf"{begin}\n{end}")["properties"]["text"]) == (list("0123"), "a\nb")


def test_split_rows(client: ExportClient) -> None:
    """A row has two lines, of which neither is JSON."""
    client.emulator.fault("split_rows", contains='"n":3')
    *rows, begin, end = client.lines()
    assert (rows, number_in(begin + end)) == (["0", "1", "2"], "3")


@pytest.mark.parametrize(
    ("target", "numbers"), [({}, "123"), ({"contains": '"n":2'}, "013"), ({"event": "A"}, "0123")]
)
def test_missing_rows(target: Any, numbers: str, client: ExportClient) -> None:
    """The rows that the target selects are missing, or else the first."""
    client.emulator.fault("missing_rows", **target)
    assert client.lines() == list(numbers)


@pytest.mark.parametrize(("target", "numbers"), [({}, "00123"), ({"contains": '"n":2'}, "01223")])
def test_repeated_rows(target: Any, numbers: str, client: ExportClient) -> None:
    """The rows that the target selects appear twice, or else the first."""
    client.emulator.fault("repeated_rows", **target)
    assert client.lines() == list(numbers)


def test_sent_distinct_ids(client: ExportClient) -> None:
    """Rows look as if the export had not yet learned whose they are."""
    client.emulator.reset()
    client.import_events([event({"distinct_id": DEVICE}), event({"distinct_id": "user-1"})])
    join = event({"$identified_id": "user-1", "$anon_id": DEVICE}, name="$identify")
    client.import_events([join])
    client.emulator.fault("sent_distinct_ids")
    received, _ = client.receive()
    rows = [json.loads(line)["properties"] for line in received.splitlines()]
    shown = [(row["distinct_id"], row.get("$distinct_id_before_identity")) for row in rows]
    assert shown == [(DEVICE, None), ("user-1", None), ("user-1", None)]


def test_slow_rows(client: ExportClient) -> None:
    """The first row arrives, and the next one not before the client gives up."""
    client.emulator.fault("slow_rows", delay=1)
    received, error = client.receive(**{"Accept-Encoding": "identity"})
    assert (received.count(b"\n"), type(error)) == (1, httpx.ReadTimeout)


def test_records_swallowed(client: ExportClient) -> None:
    """All records are counted as imported, but one is not stored."""
    client.emulator.reset()
    client.emulator.fault("records_swallowed", contains='"n":1')
    response = client.import_events()
    assert (response.json()["num_records_imported"], client.lines()) == (2, ["2"])


def test_rejected_export_has_no_rows_to_change(client: ExportClient) -> None:
    """A fault of rows leaves another response as it is."""
    client.emulator.fault("missing_rows")
    response = httpx.get(f"{client.emulator.url}{EXPORT_PATH}", auth=ACCOUNT, trust_env=False)
    assert response.status_code == 401


def test_outage_of_exports(client: ExportClient) -> None:
    """The faults of every endpoint apply to exports, and can be for them alone."""
    client.emulator.fault("envoy_503", endpoint="export")
    received, _ = client.receive()
    assert (received[:22], client.import_events().status_code) == (b"upstream connect error", 200)


@given(st.dictionaries(st.text(), st.text() | st.text(alphabet='\\n\n"')))
def test_any_row_can_be_put_together_again(properties: dict[str, str]) -> None:
    """Raw line breaks and split rows lose nothing."""
    line = json.dumps({"event": "e", "properties": properties}, separators=(",", ":")).encode()
    broken = json.loads(break_lines(line), strict=False)
    assert (broken, json.loads(split_line(line))) == (json.loads(line), json.loads(line))
