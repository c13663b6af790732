"""The built function when the ledger's table fails: a charge that was not sent is not in doubt."""

from collections.abc import Iterator

import pytest

from tests.fakes.dynamodb_proxy import DynamoDbProxy
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies
from tests.system.test_delivery import purchases


@pytest.fixture
def table(system: DeliverySystem) -> Iterator[DynamoDbProxy]:
    """The ledger's table, as the function of the system reaches it."""
    with DynamoDbProxy(system.aws) as proxy:
        system.dynamodb = proxy.url
        yield proxy


@pytest.mark.parametrize(
    "releases", [[], ["throttled"] * 2, ["lost"], ["throttled"] * 6], ids=["0", "2", "lost", "6"]
)
@pytest.mark.parametrize("last", ["throttled", "lost"])
def test_claim_that_was_applied_and_failed_is_released(
    system: DeliverySystem, table: DynamoDbProxy, last: str, releases: list[str]
) -> None:
    """The SDK reports the last error only; the charge counts once, and nothing is rejected."""
    table.failures["INSERT"] += ["lost", last]
    table.failures["DELETE"] += releases
    system.send(*purchases(1))
    system.run_until_empty()
    assert discrepancies(system) == []


def test_throttled_ledger_delays_charges(system: DeliverySystem, table: DynamoDbProxy) -> None:
    """They count once when it responds again."""
    table.failures["INSERT"] += ["throttled"] * 30
    system.send(*purchases(5))
    system.run_until_empty()
    assert discrepancies(system) == []
