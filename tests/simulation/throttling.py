"""Accepting many regulations while DynamoDB limits the rate of writes.

A new on-demand table takes 4,000 write units a second. The regulations API is called, and called
again after each Retry-After, until it has accepted all users; DynamoDB is a stand-in over HTTP with
botocore in front of it, and time is real.

    python -m tests.simulation.throttling --users 10000 --units 4000
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import Mock

import httpx
from botocore.config import Config
from botocore.session import get_session

from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.repository import DynamoRegulationRepository
from rudder_mixpanel.regulations.routes import RegulationsApi
from rudder_mixpanel.suppression import DynamoSuppressionStore, keyed_hash, pseudonym
from tests.fakes.regulations import VIEWER, FakeRegulationsDependencies
from tests.simulation.throttled_server import throttled_dynamodb

KEY: Final = b"k" * 64
TOKEN: Final = "t" * 32
# The time limit of the function, in seconds.
TIMEOUT: Final = 29.0
MOST_REQUESTS: Final = 20
LATENCIES: Final = (0.03, 0.06, 0.1)


class ThrottledDependencies(FakeRegulationsDependencies):
    """What the API needs, on tables that throttle."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.ends_at = 0.0
        client: Any = get_session().create_client(
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=CLIENT_CONFIG.merge(Config(max_pool_connections=16)),
        )
        backoff = TableBackoff(self.time_left)
        self.repository = DynamoRegulationRepository(client, "regulations", backoff)
        self.suppressions = DynamoSuppressionStore(client, "suppressions", backoff)

    def time_left(self) -> int:
        """The milliseconds left of the current request."""
        return int(1000 * (self.ends_at - time.monotonic()))

    def keyed_hash(self, text: str) -> str:
        """The keyed hash of a text."""
        return keyed_hash(KEY, text)

    def pseudonym(self, identifier: str) -> str:
        """The pseudonym of an identifier."""
        return pseudonym(KEY, identifier)

    def project_token(self) -> str:
        """The token of the project."""
        return TOKEN

    def caller(self, _: str) -> Caller:
        """The one caller."""
        return VIEWER


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request, and how many identifiers were suppressed after it."""

    status: int
    code: str
    retry_after: int
    seconds: float
    suppressed: int


@dataclass
class Acceptance:
    """A request for many users with two identifiers each, repeated until it is accepted.

    Between two attempts the caller waits as long as it is told, unless `waits` is False.
    """

    users: int
    units: float
    latency: float
    timeout: float = TIMEOUT
    waits: bool = True
    attempts: list[Attempt] = field(default_factory=list)
    statistics: dict[str, Any] = field(default_factory=dict)

    def run(self) -> "Acceptance":
        """Repeat the request until it is accepted."""
        with throttled_dynamodb(self.units, self.latency) as url:
            dependencies = ThrottledDependencies(url)
            api = RegulationsApi(lambda: dependencies, Mock())
            while not self.is_accepted and len(self.attempts) < MOST_REQUESTS:
                self.attempt(api, dependencies, url)
                if self.waits and not self.is_accepted:
                    time.sleep(self.attempts[-1].retry_after)
        return self

    @property
    def is_accepted(self) -> bool:
        """Whether the last request was accepted."""
        return bool(self.attempts) and self.attempts[-1].status == 201

    def attempt(self, api: RegulationsApi, dependencies: ThrottledDependencies, url: str) -> None:
        """Send the request once, and note what became of it."""
        start = time.monotonic()
        dependencies.ends_at = start + self.timeout
        response = api.answer(self.event(), Mock())
        seconds = time.monotonic() - start
        self.statistics = httpx.get(url, trust_env=False).json()
        body = json.loads(response["body"])
        headers = response["multiValueHeaders"]
        self.attempts.append(
            Attempt(
                response["statusCode"],
                body["code"] if isinstance(body, dict) else "",
                int(headers.get("Retry-After", ["0"])[0]),
                seconds,
                self.statistics["suppressed"],
            )
        )

    def event(self) -> dict[str, Any]:
        """The request as the gateway sends it."""
        users = [{"userId": f"u{n}", "anonymousId": f"d{n}"} for n in range(self.users)]
        body = {"regulationType": "suppress_with_delete", "destinationIds": ["default"]}
        return {
            "httpMethod": "POST",
            "path": "/v2/regulations",
            "headers": {"Authorization": f"Bearer {TOKEN}"},
            "queryStringParameters": None,
            "body": json.dumps({**body, "users": users}),
            "isBase64Encoded": False,
            "requestContext": {"requestId": "request", "stage": "api"},
        }

    def lines(self) -> Iterator[str]:
        """What became of the requests, as lines of text."""
        yield f"{self.users} users, {self.units:.0f} units/s a table, {1000 * self.latency:.0f} ms"
        for attempt in self.attempts:
            result = f"{attempt.status} {attempt.code}".strip()
            yield f"  {result} after {attempt.seconds:.1f} s, {attempt.suppressed} ids suppressed"
        yield f"  units: {self.statistics['units']}"
        calls = dict(sorted(self.statistics["calls"].items()))
        yield f"  calls: {calls}"


def main() -> None:
    """Print what becomes of a request at three latencies."""
    options = argparse.ArgumentParser(prog="python -m tests.simulation.throttling")
    options.add_argument("--users", type=int, default=10_000)
    options.add_argument("--units", type=float, default=4_000)
    options.add_argument("--ms", type=int, nargs="*", default=[int(1000 * s) for s in LATENCIES])
    arguments = options.parse_args()
    for milliseconds in arguments.ms:
        acceptance = Acceptance(arguments.users, arguments.units, milliseconds / 1000).run()
        for line in acceptance.lines():
            print(line)  # noqa: T201 - the program's output


if __name__ == "__main__":
    main()
