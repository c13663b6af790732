"""Tables that throttle, over real HTTP: regulations are accepted, and counters are claimed."""

import time
from typing import Any

import boto3
import httpx

from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.delivery.dynamo_ledger import DynamoLedger
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from tests.simulation.throttled_server import throttled_dynamodb
from tests.simulation.throttling import Acceptance


def test_request_is_accepted_in_spite_of_throttling() -> None:
    """Some transactions were cancelled, and all users are suppressed."""
    acceptance = Acceptance(users=300, units=300, latency=0.01).run()
    canceled = acceptance.statistics["calls"].get(
        "TransactWriteItems: TransactionCanceledException", 0
    )
    last = acceptance.attempts[-1]
    assert (last.status, last.suppressed, canceled > 0) == (201, 600, True)


def test_request_without_enough_time_goes_on_where_it_stopped() -> None:
    """It is told when to try again, and whoever is suppressed stays so."""
    acceptance = Acceptance(users=400, units=400, latency=0.01, timeout=12, waits=False).run()
    *unfinished, last = acceptance.attempts
    answers = {(attempt.status, attempt.code, attempt.retry_after) for attempt in unfinished}
    suppressed = [attempt.suppressed for attempt in acceptance.attempts]
    assert (answers, last.status, suppressed == sorted(suppressed), suppressed[-1]) == (
        {(503, "NOT_ACCEPTED_YET", 5)},
        201,
        True,
        800,
    )


def test_counters_are_claimed_and_settled_in_spite_of_throttling() -> None:
    """Each of them, although the table takes a third of them at once."""
    ends_at = time.monotonic() + 60
    by = Claimant("by", 1_000, 1_090, lambda: int(1000 * (ends_at - time.monotonic())))
    claims = [Claim(str(number)) for number in range(150)]
    with throttled_dynamodb(50, 0.005) as url:
        client: Any = boto3.client("dynamodb", endpoint_url=url, config=CLIENT_CONFIG)
        ledger = DynamoLedger(client, "ledger")
        states = ledger.claim(claims, by)
        ledger.settle({claim.key: ClaimState.DONE for claim in claims}, by)
        statistics = httpx.get(url, trust_env=False).json()
    assert (states, statistics["counters"]) == ([ClaimState.OURS] * 150, {"done": 150})
