"""Invocations that claim counters: one, another beside it, and one after its deadline."""

from typing import Any, Final

from rudder_mixpanel.delivery.dynamo_ledger import DynamoLedger
from rudder_mixpanel.delivery.ledger import Claim, Claimant
from tests.fakes.dynamodb import FakeTime

FIRST: Final = Claimant("first", now=1_000, deadline=1_090)
DURING: Final = Claimant("during", now=1_050, deadline=1_140)
AFTER: Final = Claimant("after", now=1_091, deadline=1_181)
CLAIM: Final = [Claim("one")]
MANY: Final = [Claim(str(index)) for index in range(60)]


def ledger_of(table: Any, time: FakeTime | None = None) -> DynamoLedger:
    """The ledger of a new container; its waits take no time, or that of the invocation."""
    return DynamoLedger(table, "ledger", (time or FakeTime()).sleep)
