"""`python -m benchmarks.ledger`: claims by batches of statements, beside one write each.

The counters of a batch are claimed as one stream of delivery claims them, for one request after the
other. The ways alternate, so that what else the machine does burdens both.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import batched
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from rich.console import Console
from rich.table import Table

from benchmarks.servers import run_aws
from rudder_mixpanel.aws import statements
from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.delivery.dynamo_ledger import DynamoLedger
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from rudder_mixpanel.delivery.ledger_entries import expiry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COUNTERS: Final = 500  # of a batch of 2,000 events
REQUEST: Final = 50  # those that are sent together
ROUNDS: Final = 15
THREADS: Final = 8
DELAY: Final = 0.005  # seconds until DynamoDB responds
BY: Final = Claimant("b2b8a8a2-57a3-4d8c-9d4f-6f3b2c1d0e9f", 1_800_000_000, 1_800_000_090)
TABLE: Final = "rudder-mixpanel-Ledger-1ABCDEFGHIJKL"
REQUESTS: Final = list(
    batched((f"{number:064x}" for number in range(COUNTERS)), REQUEST, strict=True)
)

type Way = Callable[[Sequence[str]], object]


def main() -> None:
    """Measure, and print a table."""
    destination = json.loads((Path(__file__).parent / "destination.json").read_text())
    with run_aws(destination, DELAY) as url:
        client = boto3.client(
            "dynamodb",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - made up
            config=CLIENT_CONFIG.merge(Config(max_pool_connections=16)),
        )
        ledger = DynamoLedger(client, TABLE)
        ways: dict[str, Way] = {
            f"claim: one PutItem each, {THREADS} at once": partial(put_claims, client),
            **{
                f"claim: statements, 25 a call, {calls} at once": partial(
                    claim_by_statements, ledger, calls
                )
                for calls in (1, 2)
            },
            "settle: 25 writes a call": partial(settle, ledger),
        }
        for way in ways.values():
            way(REQUESTS[0])
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                times[name].append(measure(way))
    print_table(times)


def measure(way: Way) -> tuple[float, float]:
    """The milliseconds of time and of processor time for all requests."""
    wall, processor = perf_counter(), process_time()
    for keys in REQUESTS:
        way(keys)
    return 1000 * (perf_counter() - wall), 1000 * (process_time() - processor)


def print_table(times: dict[str, list[tuple[float, float]]]) -> None:
    """Print the medians, and their ratios to those of the first way."""
    table = Table(f"{COUNTERS} counters, responses after 5 ms", "ms", "ms of processor")
    baseline: list[float] = []
    for name, pairs in times.items():
        medians = [median(values) for values in zip(*pairs, strict=True)]
        baseline = baseline or medians
        table.add_row(
            name,
            *(f"{ms:.0f} ({ms / one:.2f})" for ms, one in zip(medians, baseline, strict=True)),
        )
    Console().print(table)


def put_claims(client: "DynamoDBClient", keys: Sequence[str]) -> None:
    """Claim keys by conditional writes of their own."""

    def put(key: str) -> None:
        client.put_item(
            TableName=TABLE,
            Item={
                "id": {"S": key},
                "state": {"S": "claimed"},
                "owner": {"S": BY.name},
                "deadline": {"N": str(BY.deadline)},
                "expires_at": {"N": str(expiry(BY))},
            },
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(put, keys))


def claim_by_statements(ledger: DynamoLedger, calls: int, keys: Sequence[str]) -> None:
    """Claim keys as delivery does, with so many calls side by side."""
    statements.__dict__["CALLS_SIDE_BY_SIDE"] = calls
    ledger.claim([Claim(key) for key in keys], BY)


def settle(ledger: DynamoLedger, keys: Sequence[str]) -> None:
    """Write that the counters were applied."""
    ledger.settle(dict.fromkeys(keys, ClaimState.DONE), BY)


if __name__ == "__main__":
    main()
