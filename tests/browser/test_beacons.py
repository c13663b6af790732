"""RudderStack's own client for browsers, unchanged, sends beacons to the function."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moto import mock_aws
from playwright.sync_api import Browser

from rudder_mixpanel.envelopes import decode_json
from tests.browser.sites import EventsGateway, Site, serve, wait_until
from tests.functions.receiving import KEYS, ReceivingFunction

PACKAGE = Path(__file__).parents[1] / "clients/node_modules/@rudderstack/analytics-js"
CLIENT = PACKAGE / "dist/npm/modern/bundled/umd/index.js"
# The configuration that RudderStack's control plane would have
SOURCE = {
    "source": {
        "id": "source",
        "name": "web",
        "writeKey": KEYS["web"],
        "enabled": True,
        "workspaceId": "workspace",
        "config": {
            "statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}
        },
        "connections": [],
        "destinations": [],
    },
    "updatedAt": "2027-01-01T00:00:00Z",
}
SCENARIO = """
([writeKey, url, source]) => {
  const client = new rudderanalytics.RudderAnalytics();
  client.load(writeKey, url, {
    useBeacon: true, plugins: ["BeaconQueue"], logLevel: "NONE",
    beaconQueueOptions: { flushQueueInterval: 600000 },
    getSourceConfig: () => JSON.parse(source),
  });
  client.track("Viewed", { plan: "pro" });
  client.track("Left");
  return new Promise((resolve) => client.ready(resolve));
}
"""

pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None or not CLIENT.is_file(),
    reason="RUDDERSTACK'S BEACONS ARE NOT CHECKED: install Debian's chromium and Node, "
    "run `npm ci` in tests/clients",
)


@pytest.fixture
def receiving(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReceivingFunction]:
    """The function, in moto."""
    with mock_aws():
        yield ReceivingFunction(monkeypatch, datetime(2027, 1, 1, tzinfo=UTC))


def test_events_of_a_page_that_is_closed_are_on_the_queue(
    browser: Browser, receiving: ReceivingFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one request without a preflight, from an origin that may not read the response."""
    monkeypatch.setattr(EventsGateway, "function", receiving, raising=False)
    with serve(Site) as site, serve(EventsGateway) as gateway:
        page = browser.new_page()
        page.goto(site)
        page.add_script_tag(path=CLIENT)
        page.evaluate(SCENARIO, [KEYS["web"], gateway, json.dumps(SOURCE)])
        page.goto("about:blank")
        wait_until(lambda: bool(EventsGateway.content_types))
        page.close()
    [body] = receiving.bodies()
    events = [(event["type"], event["event"]) for event in decode_json(body)["batch"]]
    assert (events, EventsGateway.content_types) == (
        [("track", "Viewed"), ("track", "Left")],
        ["text/plain"],
    )
