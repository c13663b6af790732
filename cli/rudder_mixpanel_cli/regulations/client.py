"""A client of a stack's regulations API."""

from typing import Any, Final

import httpx

from rudder_mixpanel_cli.errors import CommandError

# Seconds; API Gateway ends a request after 29.
TIMEOUT: Final = 35


class RegulationsClient:
    """Calls the API at a URL with a token."""

    def __init__(self, url: str, token: str, http: httpx.Client | None = None) -> None:
        self.url = url.rstrip("/")
        self.http = http or httpx.Client(timeout=TIMEOUT)
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, accept: str = "") -> httpx.Response:
        """Send a request; raises CommandError with the API's own message when it fails."""
        headers = self.headers | ({"Accept": accept} if accept else {})
        try:
            response = self.http.request(method, self.url + path, json=body, headers=headers)
        except httpx.RequestError as error:
            raise CommandError(f"no response from {self.url}: {type(error).__name__}") from None
        if response.is_success:
            return response
        raise CommandError(error_message(response))


def error_message(response: httpx.Response) -> str:
    """The API's error in one line."""
    try:
        error = response.json()
        parts = (error.get("code"), error.get("field"), error.get("message"))
    except (ValueError, AttributeError):
        return f"the regulations API responded with HTTP {response.status_code}"
    return ": ".join(part for part in parts if part)
