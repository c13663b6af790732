"""Pages of any origin may send data, and read the responses, as with Mixpanel."""

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from mixpanel_emulator.rules.endpoints import INGESTION
from tests.unit.emulator.asgi_client import (
    DELETIONS,
    TOKEN,
    AsgiClient,
    event,
    group_update,
    tracked,
    update,
)

ORIGIN = "https://shop.example.com"
ALLOWED = {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-credentials": "true",
}


def access(response: Any) -> dict[str, str]:
    """The headers of a response that browsers check."""
    return {
        name: value for name, value in response.headers.items() if name.startswith("access-control")
    }


@pytest.mark.parametrize("endpoint", INGESTION)
@pytest.mark.parametrize("slash", ["", "/"])
def test_e54_response_may_be_read_by_the_page(endpoint: str, slash: str) -> None:
    """Also the response to a request that is rejected."""
    response = AsgiClient().call("POST", f"/{endpoint}{slash}", headers={"Origin": ORIGIN})
    assert access(response) == ALLOWED


@pytest.mark.parametrize("endpoint", INGESTION)
def test_e54_preflight_allows_forms_but_no_json(endpoint: str) -> None:
    """It is not a violation: browsers send it, and not the client."""
    client = AsgiClient()
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    response = client.call("OPTIONS", f"/{endpoint}/", headers=headers)
    assert (response.status_code, access(response), client.violations()) == (
        204,
        {
            **ALLOWED,
            "access-control-allow-methods": "GET, POST, OPTIONS",
            "access-control-allow-headers": "X-Requested-With",
        },
        [],
    )


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ORIGIN}, {"Access-Control-Request-Method": "POST"}]
)
def test_other_options_request_is_a_wrong_method(headers: dict[str, str]) -> None:
    """Only a browser's preflight is answered."""
    response = AsgiClient().call("OPTIONS", "/track", headers=headers)
    assert response.status_code == 405


def test_program_gets_no_such_headers() -> None:
    """They are for browsers."""
    client = AsgiClient()
    responses = [client.track([tracked()]), client.import_events([event()])]
    assert list(map(access, responses)) == [{}, {}]


def test_deletions_are_not_for_pages() -> None:
    """They need a secret."""
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    responses = [
        AsgiClient().call(method, f"{DELETIONS}?token={TOKEN}", headers=headers)
        for method in ("OPTIONS", "POST")
    ]
    assert list(map(access, responses)) == [{}, {}]


def test_e6_beacon_is_a_form() -> None:
    """Mixpanel's client for browsers sends it as text when its page is closed."""
    client = AsgiClient()
    form = {"data": orjson.dumps([tracked()]).decode()}
    response = client.call(
        "POST",
        "/track/",
        headers={"Origin": ORIGIN, "Content-Type": "text/plain;charset=UTF-8"},
        content=urlencode(form),
    )
    assert (response.text, len(client.list_items("events")), client.violations()) == ("1", 1, [])


@pytest.mark.parametrize(("endpoint", "rule"), [("import", "E6"), ("track", "E6")])
def test_e6_other_text_is_no_form(endpoint: str, rule: str) -> None:
    """Nor is any text on import."""
    content = b"data=[]" if endpoint == "import" else b"[]"
    client = AsgiClient()
    client.call(
        "POST",
        f"/{endpoint}",
        headers={"Content-Type": "text/plain"},
        content=content,
        auth=(TOKEN, ""),
    )
    assert (rule, None) in client.violations()


def test_e48_page_sends_from_the_address_of_its_user() -> None:
    """So no violation is recorded, as for a server."""
    client = AsgiClient()
    responses = [
        client.call("POST", "/engage", headers=headers, json=[update(set={"plan": "pro"})]).text
        for headers in ({"Origin": ORIGIN}, {})
    ]
    assert (responses, client.violations()) == (["1", "1"], [("E48", 0)])


def test_e45_update_of_a_page_names_its_device() -> None:
    """Only of a user: a group has none."""
    client = AsgiClient()
    device = {"$device_id": "device-1", "$user_id": "user-1"}
    client.engage(update(set={"plan": "pro"}) | device)
    client.groups(group_update(set={"plan": "pro"}) | device)
    assert (len(client.list_items("profiles")), client.violations()) == (1, [("E45", 0)])
