"""The regulations API of a stack, as a command talks to it."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from rudder_mixpanel.aws.sqs import split_by_size
from rudder_mixpanel_cli.failures import Failed, Unusable

# Users of one request: some seconds' worth, and far from what the API takes at most.
TOGETHER: Final = 1_000
# The API takes a body of 1 MiB; the rest of it is short.
MOST_BYTES: Final = 1_000_000
# The gateway gives up after 29 seconds.
TIMEOUT: Final = 35


class RegulationApi:
    """The API at an address, asked with a token."""

    def __init__(self, url: str, token: str, http: httpx.Client | None = None) -> None:
        self.url = url.rstrip("/")
        self.http = http or httpx.Client(timeout=TIMEOUT)
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, accept: str = "") -> httpx.Response:
        """Ask, and raise Failed in the API's own words when it does not do it."""
        headers = self.headers | ({"Accept": accept} if accept else {})
        try:
            answer = self.http.request(method, self.url + path, json=body, headers=headers)
        except httpx.RequestError as error:
            raise Failed(f"{self.url} does not answer: {type(error).__name__}") from None
        if answer.is_success:
            return answer
        raise Failed(complaint(answer))


def complaint(answer: httpx.Response) -> str:
    """What the API says about a request that it does not carry out."""
    try:
        told = answer.json()
        words = (told.get("code"), told.get("field"), told.get("message"))
    except (ValueError, AttributeError):
        return f"the regulations API answers with HTTP {answer.status_code}"
    return ": ".join(one for one in words if one)


def users_in(file: Path) -> list[dict[str, str]]:
    """The users of a CSV file whose first row names the columns; raises Unusable."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines, strict=True)
            columns = rows.fieldnames or []
            if columns.count("userId") != 1:
                raise Unusable(f"{file}: expected a first row with one column userId")
            users = [user_of(row, f"{file}: row {number}") for number, row in enumerate(rows, 2)]
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise Unusable(f"{file}: expected CSV in UTF-8") from None
    if not users:
        raise Unusable(f"{file}: it names nobody")
    return users


def user_of(row: dict[str | Any, Any], place: str) -> dict[str, str]:
    """A row as a user: what stands in its columns, without what is empty; raises Unusable."""
    # Of an unquoted comma in an id; what is left of it may be somebody else.
    if None in row:
        raise Unusable(f"{place} has more cells than the first row has columns")
    user = {name: cell for name, cell in row.items() if name and cell}
    if "userId" not in user:
        raise Unusable(f"{place} has no userId")
    return user


def requests(users: list[dict[str, str]], *, keep: bool, destination: str) -> Iterator[Any]:
    """The requests that ask for the deletion of users, or with `keep` for their suppression.

    The same file makes the same requests, and the same request makes no second regulation: a run
    that was stopped is resumed by running it again.
    """
    for some in split_by_size(users, weight, most=TOGETHER, most_bytes=MOST_BYTES):
        if keep:
            yield {"regulationType": "suppress", "users": some}
        else:
            yield {
                "regulationType": "suppress_with_delete",
                "destinationIds": [destination],
                "users": some,
            }


def weight(user: dict[str, str]) -> int:
    """Bytes that a user takes of a body, with the comma."""
    return len(json.dumps(user)) + 2
