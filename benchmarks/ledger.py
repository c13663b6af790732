"""`python -m benchmarks.ledger`: claims by single writes, beside batches of statements."""

import json
from itertools import batched
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, Final

import boto3
from rich.console import Console
from rich.table import Table

from benchmarks.servers import run_aws
from rudder_mixpanel.aws.conditional_writes import SIDE_BY_SIDE
from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.delivery.dynamo_ledger import WRITES, DynamoLedger
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CLAIMS: Final = 400  # those of a batch of 2,000 events, a fifth of them with counters
DELAY: Final = 0.005  # seconds until DynamoDB responds
BY: Final = Claimant("benchmark", 1_000, 1_090)
INSERT: Final = "INSERT INTO ledger VALUE {'id': ?, 'state': 'claimed', 'owner': ?}"
KEYS: Final = [f"{number:064x}" for number in range(CLAIMS)]


def main() -> None:
    """Measure, and print a table."""
    destination = json.loads((Path(__file__).parent / "destination.json").read_text())
    table = Table("400 counters, responses after 5 ms", "ms of time", "ms of processor")
    with run_aws(destination, DELAY) as url:
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
        operations: dict[str, Any] = {
            f"claim: a conditional write each, {SIDE_BY_SIDE} at once": lambda: ledger.claim(
                [Claim(key) for key in KEYS], BY
            ),
            "claim: statements, 25 a call": lambda: claim_by_statements(client),
            "settle: 25 writes a call": lambda: ledger.settle(
                dict.fromkeys(KEYS, ClaimState.DONE), BY
            ),
        }
        for name, work in operations.items():
            wall, processor = perf_counter(), process_time()
            work()
            times = perf_counter() - wall, process_time() - processor
            table.add_row(name, *(f"{1000 * seconds:.0f}" for seconds in times))
    Console().print(table)


def claim_by_statements(client: "DynamoDBClient") -> None:
    """Claim all keys by batches of PartiQL statements, one batch after the other."""
    for batch in batched(KEYS, WRITES, strict=False):
        client.batch_execute_statement(
            Statements=[
                {"Statement": INSERT, "Parameters": [{"S": key}, {"S": BY.name}]} for key in batch
            ]
        )


if __name__ == "__main__":
    main()
