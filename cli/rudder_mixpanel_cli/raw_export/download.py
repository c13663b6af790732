"""Downloads the raw export of some days into a file, as often as it takes."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

import httpx
import orjson

from rudder_mixpanel.mixpanel.transport import USER_AGENT
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.mixpanel.http import proxy_for
from rudder_mixpanel_cli.raw_export.days import DayRange
from rudder_mixpanel_cli.raw_export.project import ExportProject

PATH: Final = "/api/2.0/export"
# Seconds without a byte. Mixpanel begins to answer when it has found the events.
SILENCE: Final = 300
# Seconds between requests: Mixpanel answers three a second, and 60 an hour. Its 429 does not say
# for how long, so that the waits add up to more than the hour.
BETWEEN_REQUESTS: Final = 0.4
AFTER_FAILURES: Final = (5, 30, 120)
WHILE_THROTTLED: Final = (60, 60, 120, *[300] * 13)
IN_THE_FUTURE: Final = "to_date cannot be later than today"
ERROR_BYTES: Final = 65_536
SHOWN_CHARACTERS: Final = 200
ENCODINGS: Final = frozenset({"", "identity", "gzip"})


class Interruption(Exception):
    """A request that may be repeated; the text says what happened to it."""

    waits: tuple[float, ...] = AFTER_FAILURES


class Throttled(Interruption):
    """Mixpanel answers no more requests for now."""

    waits = WHILE_THROTTLED


@dataclass(slots=True)
class Downloader:
    """Requests the days of a project's export; `notify` is told of each wait."""

    project: ExportProject
    http: httpx.Client
    notify: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def download(self, days: DayRange, file: BinaryIO, today: date) -> bool:
        """Write the export of some days to a file; whether it is compressed.

        Days that have not begun in the project have no events. Raises CommandError when Mixpanel
        does not answer with an export, for as long as it is patient.
        """
        waits: dict[type[Interruption], Iterator[float]] = {}
        while True:
            file.seek(0)
            file.truncate()
            try:
                return self.request(days, file, today)
            except Interruption as error:
                seconds = next(waits.setdefault(type(error), iter(error.waits)), None)
                if seconds is None:
                    raise CommandError(f"cannot export {days} from Mixpanel: {error}") from None
                self.notify(f"{days}: {error}; the next attempt is in {seconds:.0f} seconds")
                self.sleep(seconds)

    def request(self, days: DayRange, file: BinaryIO, today: date) -> bool:
        """Send one request. Raises Interruption when it may be repeated, else CommandError."""
        self.sleep(BETWEEN_REQUESTS)
        query = {
            "project_id": self.project.id,
            "from_date": str(days.first),
            "to_date": str(days.last),
            "time_in_ms": "true",
        }
        auth = httpx.BasicAuth(self.project.account, self.project.secret)
        url = f"{self.project.url}{PATH}"
        try:
            with self.http.stream("GET", url, params=query, auth=auth) as response:
                if response.status_code != httpx.codes.OK:
                    self.refuse(response, days, today)
                    return False
                return write_body(response, file)
        except httpx.HTTPError as error:
            raise Interruption(f"the connection failed ({type(error).__name__})") from None

    def refuse(self, response: httpx.Response, days: DayRange, today: date) -> None:
        """Raise what a response without an export means; nothing for a day that has not begun."""
        status, text = response.status_code, error_text(response)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise Throttled("Mixpanel answers no more requests for now (60 an hour, 3 a second)")
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
            raise Interruption(f"Mixpanel answered {status}")
        if status == httpx.codes.BAD_REQUEST and IN_THE_FUTURE in text and days.first >= today:
            return
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise CommandError(
                f"Mixpanel does not let {self.project.account} export project {self.project.id} "
                f"({status}): check its secret, whether it has expired, that it is a member of "
                "the project, and dataResidency"
            )
        shown = f": {text[:SHOWN_CHARACTERS]}" if text else ""
        raise CommandError(f"Mixpanel does not export {days} ({status}){shown}")


def write_body(response: httpx.Response, file: BinaryIO) -> bool:
    """Write a body as it comes; whether it is compressed. Raises CommandError for no space."""
    encoding = response.headers.get("Content-Encoding", "").lower()
    if encoding not in ENCODINGS:
        raise CommandError(f"expected an export as gzip, got it as {encoding}")
    try:
        file.writelines(response.iter_raw())
        file.flush()
    except OSError as error:
        raise CommandError(f"cannot write a temporary file: {error.strerror}; set TMPDIR") from None
    return bool(encoding == "gzip")


def error_text(response: httpx.Response) -> str:
    """Mixpanel's words about a request; empty when it has none."""
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > ERROR_BYTES:
            return ""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    error = content.get("error") if isinstance(content, dict) else None
    return error if isinstance(error, str) else ""


def export_http_client(url: str) -> httpx.Client:
    """A client for a long download, through the proxy of the environment."""
    # httpx logs the URL of each request.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(
        verify=httpx.create_ssl_context(),
        proxy=proxy_for(httpx.URL(url)) or None,
        trust_env=False,
        timeout=SILENCE,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
    )
