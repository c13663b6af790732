"""The emulator's page in Chromium."""

import os
import shutil
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import (
    APIResponse,
    Browser,
    Locator,
    Page,
    Route,
    expect,
)

from mixpanel_emulator import Emulator
from tests.browser.client import Client
from tests.unit.emulator.asgi_client import (
    DAY,
    OTHER,
    SECONDS,
    event,
    group_update,
    tracked,
    update,
)

CHROMIUM = shutil.which("chromium")
PICTURE = Path(__file__).parents[2] / "docs" / "emulator.png"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="THE EMULATOR'S PAGE IS NOT CHECKED: install Debian's chromium"
)


def rows(page: Page) -> Locator:
    """Return the visible rows, latest first."""
    return page.locator("#rows > li:visible")


def names(page: Page) -> Locator:
    """Return the names of the visible rows."""
    return page.locator("#rows > li:visible .name")


def test_events_appear_without_reload(page: Page, client: Client) -> None:
    """Items appear as they arrive, latest first."""
    client.import_events(event(name="Signed Up"), event(name="Order Completed"))
    expect(names(page)).to_have_text(["POST /import", "Order Completed", "Signed Up"])


def test_earlier_items_are_shown(page: Page, client: Client) -> None:
    """A page opened later starts with the latest items."""
    client.import_events(event(name="Signed Up"))
    page.reload()
    expect(names(page)).to_have_text(["POST /import", "Signed Up"])


def test_filters(page: Page, client: Client) -> None:
    """Filters by event, user, project and outcome apply together, to old and new rows."""
    client.track(
        tracked({"distinct_id": "ada"}, name="Signed Up"),
        tracked({"distinct_id": "grace"}, name="Signed Up"),
        tracked({"distinct_id": "ada", "token": OTHER.token}, name="Signed Up"),
        tracked({"distinct_id": "ada"}, name="Logged In"),
    )
    expect(rows(page)).to_have_count(5)
    page.get_by_label("answered").uncheck()
    page.get_by_label("Event").fill("signed")
    page.get_by_label("User").fill("ada")
    page.get_by_role("combobox", name="Project").select_option("1")
    client.track(tracked({"distinct_id": "ada lovelace"}, name="Signed Up"), tracked())
    expect(page.locator("#rows > li:visible .user")).to_have_text(["ada lovelace", "ada"])


def test_violation_with_its_rule(page: Page, client: Client) -> None:
    """A violation shows its rule, with source and grade."""
    client.track(tracked({"time": SECONDS - 6 * DAY}))
    expect(page.locator(".violation .note")).to_have_text(
        "older than 5 daysWhen time older than 5 days: success, and nothing is stored. "
        "Source: reference/track-event (DOC)."
    )


def test_event_is_shown_whole(page: Page, client: Client) -> None:
    """A row expands to all data of its item."""
    client.import_events(event({"plan": "pro"}, name="Signed Up"))
    page.get_by_role("button", name="Signed Up").click()
    expect(page.locator("#rows pre")).to_contain_text('"plan": "pro"')


def test_markup_stays_text(page: Page, client: Client) -> None:
    """Markup in data is shown as text and never run."""
    markup = "<img src=x onerror=document.title='run'>"
    client.import_events(event({"distinct_id": markup}, name=markup))
    expect(names(page).nth(1)).to_have_text(markup)
    expect(page).to_have_title("Mixpanel emulator")


def test_profile_and_its_history(page: Page, client: Client) -> None:
    """A profile is shown with its history, and follows new updates."""
    client.engage(update(distinct_id="ada", set={"name": "Ada"}))
    page.get_by_role("button", name="ada", exact=True).click()
    client.engage(update(distinct_id="ada", add={"orders": 2}))
    expect(page.locator("#profile dl")).to_have_text("nameAdaorders2")
    expect(page.locator("#profile li b")).to_have_text(["$add", "$set"])


def test_deletions_and_their_states(page: Page, client: Client, mixpanel: Emulator) -> None:
    """A deletion task is shown with its current status."""
    tracking_id = client.delete_users("ada", "grace")
    expect(page.locator("#deletions li")).to_contain_text(
        f"PENDING 2 ids · project 1 · GDPR{tracking_id}"
    )
    mixpanel.set_deletion(tracking_id, "SUCCESS")
    expect(page.locator("#deletions strong")).to_have_text("SUCCESS")


def test_fault_switch(page: Page, client: Client) -> None:
    """A switch plans its fault with the selected target, and removes it."""
    page.get_by_label("Endpoint").select_option("import")
    switch = page.get_by_role("switch", name="json_503")
    switch.check()
    expect(page.locator("#on")).to_have_text("1 on")
    struck = client.import_events(event())
    expect(page.locator("#struck-json_503")).to_have_text("struck 1")
    switch.uncheck()
    expect(page.locator("#on")).to_have_text("")
    assert (struck, client.import_events(event())) == (503, 200)


@pytest.mark.parametrize("end", [{"times": 1}, {"seconds": 60}], ids=["its count", "its time"])
def test_fault_that_is_over(
    end: dict[str, int], page: Page, client: Client, mixpanel: Emulator
) -> None:
    """Its switch is off and says so; switching it on plans it anew."""
    mixpanel.fault("json_503", **end)
    client.import_events(event())
    mixpanel.advance(60)
    expect(page.locator("#struck-json_503")).to_have_text("struck 1, over")
    switch = page.get_by_role("switch", name="json_503")
    expect(switch).not_to_be_checked()
    switch.check()
    expect(page.locator("#struck-json_503")).to_have_text("struck 1")
    assert [planned["over"] for planned in mixpanel.faults()] == [True, False]


def test_switch_outlasts_an_older_answer(page: Page, client: Client) -> None:
    """A response from before a switch was flipped does not flip it back."""
    late: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if late or route.request.method != "GET":
            route.continue_()
        else:
            late.append((route, route.fetch()))

    page.route("**/_emulator/faults", hold)
    client.delete_users("ada")
    while not late:
        page.wait_for_timeout(10)
    switch = page.get_by_role("switch", name="json_503")
    switch.check()
    expect(page.locator("#on")).to_have_text("1 on")
    (route, before), *_ = late
    with page.expect_event("requestfinished"):
        route.fulfill(response=before)
    page.evaluate("new Promise(requestAnimationFrame)")
    assert switch.is_checked()


def test_fault_that_does_not_apply(page: Page) -> None:
    """A fault that does not apply to the selected endpoint is disabled."""
    page.get_by_label("Endpoint").select_option("track")
    expect(page.get_by_role("switch", name="fewer_imported")).to_be_disabled()
    expect(page.get_by_role("switch", name="body_0")).to_be_enabled()


def test_by_keyboard(page: Page, client: Client) -> None:
    """The page can be used with the keyboard alone."""
    client.import_events(event({"distinct_id": "ada"}, name="Signed Up"))
    expect(rows(page)).to_have_count(2)
    page.get_by_role("switch", name="lost_unread").press("Space")
    expect(page.locator("#on")).to_have_text("1 on")
    page.get_by_role("button", name="Signed Up").press("Enter")
    expect(page.locator("#rows pre")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="ada")).to_be_focused()


def test_pause(page: Page, client: Client) -> None:
    """While paused nothing is added; afterwards all of it is."""
    page.get_by_role("button", name="Pause").click()
    client.import_events(event())
    page.wait_for_timeout(300)
    expect(rows(page)).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(rows(page)).to_have_count(2)


def test_clear_all(page: Page, client: Client, mixpanel: Emulator) -> None:
    """Emptying the emulator empties the page."""
    client.import_events(event())
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Clear all").click()
    expect(rows(page)).to_have_count(0)
    assert mixpanel.events() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_picture(
    scheme: Literal["light", "dark"],
    browser: Browser,
    client: Client,
    mixpanel: Emulator,
    tmp_path: Path,
) -> None:
    """The page as README shows it; `make picture` updates that picture."""
    mixpanel.fault("applied_then_lost", endpoint="engage", after=2, times=1)
    ada, grace = {"distinct_id": "ada@example.com"}, {"distinct_id": "grace@example.com"}
    client.import_events(event(ada, name="Signed Up"), event(grace, name="Product Viewed"))
    client.engage(update(**ada, set={"name": "Ada Lovelace", "plan": "pro"}))
    client.engage(
        update(**ada, add={"orders": 1}), update(**ada, union={"interests": ["engines", "poetry"]})
    )
    client.track(tracked({"time": SECONDS - 6 * DAY} | grace, name="Cart Abandoned"))
    client.groups(group_update(set={"seats": 12}))
    client.import_events(event(ada | {"$insert_id": "o-1"}), event({"$insert_id": "o 2"}))
    client.delete_users("charles@example.com")
    with pytest.raises(httpx.TransportError):
        client.engage(update(**ada, add={"orders": 1}))
    page = browser.new_page(viewport={"width": 1280, "height": 960}, color_scheme=scheme)
    page.goto(mixpanel.url)
    page.get_by_role("switch", name="lost_unapplied").check()
    page.get_by_role("button", name="ada@example.com").first.click()
    expect(page.locator("#profile li")).to_have_count(4)
    page.mouse.move(0, 0)
    screenshot = tmp_path / f"{scheme}.png"
    page.screenshot(path=screenshot)
    page.close()
    if scheme == "light" and os.environ.get("TAKE_PICTURE"):
        shutil.copy(screenshot, PICTURE)
    assert screenshot.read_bytes().startswith(b"\x89PNG")
