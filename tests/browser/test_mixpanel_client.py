"""Mixpanel's own client for browsers, on a page of another origin, against the emulator."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from mixpanel_emulator import Emulator
from tests.browser.sites import Site, serve, wait_until

CLIENT = Path(__file__).parents[1] / "clients/node_modules/mixpanel-browser/dist/mixpanel.umd.js"
SCENARIO = """
([url, token]) => {
  mixpanel.init(token, { api_host: url, batch_flush_interval_ms: 1000 });
  mixpanel.track("Viewed", { plan: "pro" });
  mixpanel.identify("user-1");
  mixpanel.people.set({ name: "Ada" });
  mixpanel.people.increment("orders", 2);
  mixpanel.get_group("company", "acme").set({ seats: 12 });
}
"""

pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None or not CLIENT.is_file(),
    reason="MIXPANEL'S CLIENT FOR BROWSERS IS NOT CHECKED: install Debian's chromium and Node, "
    "run `npm ci` in tests/clients",
)


@pytest.fixture(scope="module")
def called(browser: Browser) -> Iterator[Emulator]:
    """An emulator that a page has called, and called again while it was being closed."""
    with Emulator() as mixpanel, serve(Site) as site:
        page = browser.new_page()
        page.goto(site)
        page.add_script_tag(path=CLIENT)
        page.evaluate(SCENARIO, [mixpanel.url, mixpanel.project.token])
        wait_until(lambda: has_orders(mixpanel) and bool(mixpanel.groups()))
        # Within the interval of the client, after which it would not be a beacon.
        page.evaluate("mixpanel.track('Left')")
        page.goto("about:blank")
        wait_until(lambda: len(mixpanel.events()) == 3)
        page.close()
        yield mixpanel


def has_orders(mixpanel: Emulator) -> bool:
    """Whether the last update of the user's profile has arrived."""
    return any("orders" in profile["properties"] for profile in mixpanel.profiles())


def test_events_are_stored(called: Emulator) -> None:
    """Also the one that the page sent as a beacon."""
    names = [event["event"] for event in called.events()]
    kinds = {request["headers"]["content-type"] for request in called.requests()}
    assert (names, kinds) == (
        ["Viewed", "$identify", "Left"],
        {"application/x-www-form-urlencoded", "text/plain;charset=UTF-8"},
    )


def test_device_is_joined_to_the_user(called: Emulator) -> None:
    """The client names the device in its own way."""
    [viewed, *_] = called.events()
    [person] = called.identities()
    assert person["ids"] == ["user-1", viewed["properties"]["distinct_id"]]


def test_profiles_are_updated(called: Emulator) -> None:
    """The user's and the group's."""
    [user], [group] = called.profiles(), called.groups()
    changed = {name: user["properties"].get(name) for name in ("name", "orders")}
    assert (changed, group["properties"]) == ({"name": "Ada", "orders": 2}, {"seats": 12})


def test_violations(called: Emulator) -> None:
    """The client's times have a fraction."""
    violations = Counter((item["rule"], item["endpoint"]) for item in called.violations())
    assert violations == {("E21", "track"): 3}


def test_other_pages_can_neither_read_nor_change_the_emulator(browser: Browser) -> None:
    """The browser refuses what the emulator does not allow."""
    with Emulator() as mixpanel, serve(Site) as site:
        page = browser.new_page()
        page.goto(site)
        fault = '{ method: "POST", body: `{"fault": "json_503"}`, mode: "no-cors" }'
        page.evaluate(f"fetch('{mixpanel.url}/_emulator/faults', {fault})")
        read = f"fetch('{mixpanel.url}/_emulator/events').then(() => 'read', () => 'refused')"
        assert (page.evaluate(read), mixpanel.faults()) == ("refused", [])
        page.close()
