"""A client of a stack's regulations API."""

import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import typer

from rudder_mixpanel_cli.errors import CommandError

# Seconds; API Gateway ends a request after 29.
TIMEOUT: Final = 35
# The API says in Retry-After when to repeat a request. Seconds for one wait, and for all of them.
LONGEST_WAIT: Final = 60
PATIENCE: Final = 600
BUSY: Final = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
# Responses that are about the request's body, so that another body may be accepted.
INVALID: Final = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE})


class RejectedRequest(CommandError):
    """The API rejected the body of a request, and may accept another one."""


class NoSuchRegulation(CommandError):
    """The API knows no regulation with the id."""


class RegulationsClient:
    """Calls the API at a URL with a token, and repeats what it is too busy for."""

    def __init__(
        self,
        url: str,
        token: str,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self.http = http or httpx.Client(timeout=TIMEOUT)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.sleep = sleep

    def call(self, method: str, path: str, body: Any = None, accept: str = "") -> httpx.Response:
        """Send a request, again while the API is busy and says when to repeat it.

        Raises CommandError with the API's own message when it fails. Every request can be repeated:
        the API makes no second regulation for the same one.
        """
        waited = 0.0
        while True:
            response = self.send(method, path, body, accept)
            wait = seconds_to_wait(response)
            if response.is_success or wait is None or waited + wait > PATIENCE:
                return checked(response)
            typer.echo(f"{self.url} is busy: the request is repeated in {wait:g} s", err=True)
            self.sleep(wait)
            waited += wait

    def send(self, method: str, path: str, body: Any, accept: str) -> httpx.Response:
        """Send a request once; raises CommandError when there is no response."""
        headers = self.headers | ({"Accept": accept} if accept else {})
        try:
            return self.http.request(method, self.url + path, json=body, headers=headers)
        except httpx.RequestError as error:
            raise CommandError(f"no response from {self.url}: {type(error).__name__}") from None


def seconds_to_wait(response: httpx.Response) -> float | None:
    """How long to wait before a repetition; None when the API does not ask for one."""
    after = response.headers.get("Retry-After", "")
    if response.status_code not in BUSY or not (after.isascii() and after.isdigit()):
        return None
    return min(max(int(after), 1), LONGEST_WAIT)


def checked(response: httpx.Response) -> httpx.Response:
    """The response if it is a success, else raises CommandError."""
    if response.is_success:
        return response
    message = error_message(response)
    if response.status_code in INVALID:
        raise RejectedRequest(message)
    if response.status_code == httpx.codes.NOT_FOUND:
        raise NoSuchRegulation(message)
    raise CommandError(message)


def error_message(response: httpx.Response) -> str:
    """The API's error in one line."""
    try:
        error = response.json()
        parts = (error.get("code"), error.get("field"), error.get("message"))
    except (ValueError, AttributeError):
        return f"the regulations API responded with HTTP {response.status_code}"
    return ": ".join(part for part in parts if part)
