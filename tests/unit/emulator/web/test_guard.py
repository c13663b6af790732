"""The admin API and the page are for this machine, and not for the pages of other sites."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixpanel_emulator.web.guard import is_own_host
from tests.unit.emulator.asgi_client import AsgiClient, event, tracked

OWN = "http://localhost:8123"
REQUESTS = [
    ("GET", "/"),
    ("GET", "/_emulator/events"),
    ("GET", "/_emulator/stream"),
    ("GET", "/_emulator/page/page.js"),
    ("POST", "/_emulator/faults"),
    ("POST", "/_emulator/clock"),
    ("DELETE", "/_emulator"),
    ("OPTIONS", "/_emulator/faults"),
]
OWN_HOSTS = [
    "localhost",
    "localhost:8123",
    "LOCALHOST",
    "app.localhost",
    "127.0.0.1:8123",
    "127.1.2.3",
    "[::1]:8123",
]
FOREIGN_HOSTS = [
    "",
    "evil.example:8123",
    "localhost.evil.example",
    "notlocalhost",
    "127.0.0.1.nip.io",
    "192.168.0.7:8123",
    "0.0.0.0:8123",
    "[::1",
    "[::2]",
]
FOREIGN_HEADERS: dict[str, dict[str, str]] = {
    "another origin": {"Origin": "https://evil.example"},
    "another port": {"Origin": "http://localhost:3000"},
    "an unknown origin": {"Origin": "null"},
    "another name of this machine": {"Origin": "http://127.0.0.1:8123"},
    "an image of another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "a form of another port": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
}
OWN_HEADERS: dict[str, dict[str, str]] = {
    "no browser": {},
    "the page": {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
    "typed": {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
    "a link": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
}


def status(client: AsgiClient, method: str, path: str, **headers: str) -> int:
    """The status of a request to localhost, unless the headers have another host."""
    return client.call(method, path, headers={"Host": "localhost:8123", **headers}).status_code


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("name", FOREIGN_HEADERS)
def test_page_of_another_origin_is_refused(name: str, method: str, path: str) -> None:
    """Whatever it asks for."""
    assert status(AsgiClient(), method, path, **FOREIGN_HEADERS[name]) == 403


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_foreign_host_is_refused(host: str) -> None:
    """Its owner may have made it lead to this machine."""
    assert status(AsgiClient(), "GET", "/_emulator/events", Host=host) == 403


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_loopback_host_is_accepted(host: str) -> None:
    """It always is this machine."""
    assert status(AsgiClient(), "GET", "/_emulator/events", Host=host) == 200


@pytest.mark.parametrize("name", OWN_HEADERS)
def test_own_page_and_programs_are_accepted(name: str) -> None:
    """So is a link to the page from elsewhere."""
    assert status(AsgiClient(), "GET", "/", **OWN_HEADERS[name]) == 200


def test_link_changes_nothing() -> None:
    """A form of another site navigates, too, but is refused."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert status(AsgiClient(), "POST", "/_emulator/clock", **headers) == 403


def test_refused_request_does_nothing() -> None:
    """What is stored stays, and the request is neither listed nor a violation."""
    client = AsgiClient()
    client.import_events([event()])
    before = client.list_items("requests")
    status(client, "DELETE", "/_emulator", Origin="https://evil.example")
    after = client.list_items("requests")
    assert (after, len(client.list_items("events")), client.violations()) == (before, 1, [])


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Host": "mixpanel:8123"}, "--allowed-host"),
        ({"Host": "localhost", "Origin": "https://evil.example"}, "other origins"),
    ],
)
def test_refusal_says_why(headers: dict[str, str], words: str) -> None:
    """As JSON, like every error of the admin API."""
    response = AsgiClient().call("GET", "/_emulator/events", headers=headers)
    assert (response.status_code, words in response.json()["error"]) == (403, True)


@pytest.mark.parametrize("host", ["mixpanel:8123", "MIXPANEL", "mixpanel"])
def test_allowed_host_is_accepted(host: str) -> None:
    """Under any port, for programs and for the page."""
    client = AsgiClient(allowed_hosts=["Mixpanel"])
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert status(client, "GET", "/_emulator/events", **headers) == 200


@pytest.mark.parametrize("headers", [{"Host": "api.mixpanel.com"}, *FOREIGN_HEADERS.values()])
def test_ingestion_is_open_to_every_page(headers: dict[str, str]) -> None:
    """Under every name, as Mixpanel's is."""
    client = AsgiClient()
    response: Any = client.call("POST", "/track", headers=headers, json=[tracked()])
    assert (response.status_code, response.text) == (200, "1")


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20))
def test_no_other_name_is_this_machine(name: str) -> None:
    """However it is written."""
    assert not is_own_host(f"{name}.evil.example", frozenset({"mixpanel"}))
