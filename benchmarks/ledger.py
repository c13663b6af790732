"""`python -m benchmarks.ledger`: claims written one by one, beside many in one statement batch."""

import json
from itertools import batched
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, Final

import boto3
from rich.console import Console
from rich.table import Table

from benchmarks.aws import running
from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.delivery.dynamo_ledger import SIDE_BY_SIDE, WRITES, DynamoLedger
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CLAIMS: Final = 400  # what a batch of 2,000 events of which a fifth counts brings
DELAY: Final = 0.005  # seconds that DynamoDB takes
BY: Final = Claimant("benchmark", 1_000, 1_090)
INSERT: Final = "INSERT INTO ledger VALUE {'id': ?, 'state': 'claimed', 'owner': ?}"
KEYS: Final = [f"{number:064x}" for number in range(CLAIMS)]


def main() -> None:
    """Measure, and print."""
    destination = json.loads((Path(__file__).parent / "destination.json").read_text())
    shown = Table("400 counters, answers after 5 ms", "ms of time", "ms of processor")
    with running(destination, DELAY) as url:
        client = boto3.client(
            "dynamodb",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - made up
            config=CLIENT_CONFIG,
        )
        ledger = DynamoLedger(client, "ledger")
        ledger.claim([Claim("warm")], BY)
        ways: dict[str, Any] = {
            f"claim: a conditional write each, {SIDE_BY_SIDE} at once": lambda: ledger.claim(
                [Claim(key) for key in KEYS], BY
            ),
            "claim: statements, 25 a call": lambda: statements(client),
            "settle: 25 writes a call": lambda: ledger.settle(
                dict.fromkeys(KEYS, ClaimState.DONE), BY
            ),
        }
        for name, work in ways.items():
            wall, processor = perf_counter(), process_time()
            work()
            times = perf_counter() - wall, process_time() - processor
            shown.add_row(name, *(f"{1000 * one:.0f}" for one in times))
    Console().print(shown)


def statements(client: "DynamoDBClient") -> None:
    """Claim all in batches of PartiQL statements, one batch after the other."""
    for batch in batched(KEYS, WRITES, strict=False):
        client.batch_execute_statement(
            Statements=[
                {"Statement": INSERT, "Parameters": [{"S": key}, {"S": BY.name}]} for key in batch
            ]
        )


if __name__ == "__main__":
    main()
