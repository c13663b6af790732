"""The page of a report in Chromium, as somebody prints and files it."""

import re
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, Page

from rudder_mixpanel.regulations.report.page import page_headers, render_page
from tests.browser.sites import serve
from tests.fakes.reports import (
    report_cancelled_too_late,
    report_completed,
    report_engage,
    report_failed,
)

CHROMIUM = shutil.which("chromium")
REPORTS: dict[str, Callable[[], dict[str, Any]]] = {
    "completed": lambda: report_completed({"userId": "ann@example.com"}),
    "failed": report_failed,
    "cancelled-too-late": report_cancelled_too_late,
    "engage": report_engage,
}
SEEN: dict[str, tuple[str, ...]] = {
    "completed": (
        "Completed: Mixpanel reports the profile and all events as deleted",
        "Mixpanel reported that this is done.",
        "This report is about the person with userId “ann@example.com”.",
    ),
    "failed": (
        "Failed: Mixpanel has not deleted this person's data",
        "This was given up on",
        "FAILURE",
        "Send the same request again",
    ),
    "cancelled-too-late": (
        "Cancelled too late: the deletion went on.",
        "it could no longer be called off",
        "this request no longer suppresses the person",
    ),
    "engage": (
        "Completed for the profile only: the events remain in Mixpanel",
        "Mixpanel's answer proves nothing",
        "no end: not deleted",
    ),
}
EVERYWHERE = (
    "On 1 January 2027, 00:00 UTC, the holder of the access token “viewer” asked",
    "under the reference “DSR-2027-118”",
    "Acme web (2195193)",
    "European Union (eu.mixpanel.com)",
    "GDPR",
    "15 January 2027, 00:01 UTC",
    "Session replays",
    "lookup tables",
    "Profiles of groups",
    "opted out",
)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="THE PAGE OF A REPORT IS NOT CHECKED: install Debian's chromium"
)


class Reports(BaseHTTPRequestHandler):
    """The gateway, with a report on each path."""

    pages: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        """Respond with the page and the headers of the API."""
        page = self.pages.get(self.path.strip("/"), "").encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        for name, value in page_headers().items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The URL of the reports."""
    Reports.pages = {name: render_page(make()) for name, make in REPORTS.items()}
    with serve(Reports) as url:
        yield url


@pytest.fixture(params=list(REPORTS))
def report(
    request: pytest.FixtureRequest, browser: Browser, site: str
) -> Iterator[tuple[str, Page]]:
    """Each report, open in the browser, which must complain about nothing but the missing icon."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 900, "height": 1200})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{site}/{request.param}")
    yield request.param, page
    page.close()
    assert [text for text in complaints if "favicon" not in text and "404" not in text] == []


def test_report_prints_on_two_pages(report: tuple[str, Page], tmp_path: Path) -> None:
    """Of A4; the picture and the print are kept with the results of the tests."""
    name, page = report
    page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
    printed = page.pdf(path=tmp_path / f"{name}.pdf", prefer_css_page_size=True)
    sheets = re.findall(rb"/Type\s*/Page\b", printed)
    formats = set(re.findall(rb"/MediaBox\s*\[0 0 (\d+)[.\d]* (\d+)", printed))
    assert (len(sheets) <= 2, formats) == (True, {(b"594", b"841")})


def test_report_has_who_what_and_when(report: tuple[str, Page]) -> None:
    """In text that a reader sees."""
    name, page = report
    seen = page.locator("body").inner_text()
    assert [text for text in (*SEEN[name], *EVERYWHERE) if text not in seen] == []


def test_report_has_its_style_and_hides_its_record(report: tuple[str, Page]) -> None:
    """The policy allows the style by its hash; the record is for `--verify`."""
    _, page = report
    width = page.locator("body").evaluate("body => getComputedStyle(body).maxWidth")
    record = page.locator("#record")
    assert (width, record.is_visible(), page.locator("script").count()) == ("736px", False, 0)
