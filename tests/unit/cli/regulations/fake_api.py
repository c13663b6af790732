"""A fake regulations API, with one set of regulations for each stack."""

import json
from collections.abc import Callable
from typing import Any

import httpx
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app

ID = "0b0c7a52-0000-8000-8000-000000000001"
TOKEN = "t" * 32


def regulation(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A regulation as the API returns it."""
    return {
        "id": f"{ID[:-1]}{number}",
        "canceled": False,
        "state": "waiting",
        "regulationType": "suppress_with_delete",
        "reference": "",
        "attributes": {},
        "pseudonyms": ["f00d", "feed"],
        "submittedAt": "2027-01-01T00:00:00Z",
        "submittedBy": "privacy",
        "effectiveAt": "2027-01-01T00:01:05Z",
        "expectedCompletionAt": None,
        "deletes": "",
        **changes,
    }


class FakeApi:
    """A regulations API that records its requests; `answer` may replace a response."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.urls: list[str] = []
        self.tokens: list[str] = []
        self.accepted: list[str] = []
        self.waits: list[float] = []
        self.regulations = [regulation()]
        self.missing: list[str] = []
        self.answer: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Respond as the API does."""
        body: Any = json.loads(request.content) if request.content else None
        self.requests.append((request.method, request.url.path, body))
        self.urls.append(request.url.host)
        self.tokens.append(request.headers["Authorization"])
        self.accepted.append(request.headers["Accept"])
        return self.answer(request) or self.respond(request, body)

    def respond(self, request: httpx.Request, body: Any) -> httpx.Response:
        """Search in pages of one, create, cancel and show."""
        if request.url.path.endswith("/search"):
            start = int(body.get("after_cursor", 0))
            following = {"next": str(start + 1)} if start + 1 < len(self.regulations) else {}
            page = {"data": self.regulations[start : start + 1], "paging": following}
            return httpx.Response(200, json={**page, "missing": self.missing})
        if request.method == "POST":
            reference = body.get("reference", "")
            kind = body["regulationType"]
            created = [
                regulation(number % 10, reference=reference, regulationType=kind)
                for number, _ in enumerate(body["users"], 1)
            ]
            return httpx.Response(201, json=created)
        state = {"state": "cancelling"} if request.method == "DELETE" else {}
        found = {one["id"]: one for one in self.regulations}.get(request.url.path.split("/")[-1])
        if found is None:
            return error_response(404, "NOT_FOUND")
        return httpx.Response(200, json={**found, **state})

    @property
    def bodies(self) -> list[Any]:
        """The bodies of the requests."""
        return [body for _, _, body in self.requests]


def error_response(status: int, code: str, **headers: str) -> httpx.Response:
    """An error of the API."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"code": code, "message": "Its message."}, headers=names)


def run(*arguments: str, answer: str | None = None, **variables: str) -> Result:
    """Run a command to its end."""
    environ = {"RUDDER_MIXPANEL_URL": "https://api.test/api", "RUDDER_MIXPANEL_TOKEN": TOKEN}
    command = ["regulation", *arguments]
    return CliRunner().invoke(app, command, env=environ | variables, input=answer)
