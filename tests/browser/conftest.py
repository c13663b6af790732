"""The page in Debian's Chromium, and an emulator behind it."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import (
    Browser,
    Page,
    expect,
    sync_playwright,
)

from mixpanel_emulator import Emulator
from tests.browser.client import Client
from tests.unit.emulator.asgi_client import (
    NOW,
    OTHER,
)

CHROMIUM = shutil.which("chromium")


class Clock:
    """A clock that advances a little with every reading."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        """Return a time slightly later than the previous one."""
        self.at += timedelta(milliseconds=37)
        return self.at


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        # Root, which CI is, has no sandbox to run in; the page is our own.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def mixpanel() -> Iterator[Emulator]:
    """An emulator of two projects."""
    with Emulator(OTHER, now=Clock()) as emulator:
        yield emulator


@pytest.fixture
def client(mixpanel: Emulator) -> Iterator[Client]:
    """A client of the emulator."""
    client = Client(mixpanel.url)
    yield client
    client.http.close()


@pytest.fixture
def page(browser: Browser, mixpanel: Emulator) -> Iterator[Page]:
    """The connected page, which must log no errors."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(mixpanel.url)
    expect(page.get_by_role("status")).to_have_text("live")
    yield page
    page.close()
    assert complaints == []
