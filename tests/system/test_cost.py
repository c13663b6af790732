"""What the whole of delivery used for events, against what the model of costs says they cost."""

from collections import Counter
from collections.abc import Iterator

import httpx
import orjson
import pytest

from benchmarks import cost, workload
from benchmarks.__main__ import HERE, NOW
from benchmarks.aws import items_of
from benchmarks.batches import with_counters
from benchmarks.measured import PLATFORM_BYTES, used_by_batch
from benchmarks.measuring import LINE_BYTES, sent_bytes
from benchmarks.profiles import count_updates, map_event
from rudder_mixpanel.destination import Destination
from rudder_mixpanel_cli import prices
from rudder_mixpanel_cli.prices import MILLION
from tests.fakes.clock import Clock
from tests.fakes.dynamodb_proxy import DynamoDbProxy
from tests.package.conftest import Built
from tests.system.delivery_system import PROFILES, SUPPRESSIONS, DeliverySystem

# Events, and their share with a counter; other events than those that were measured.
COUNT, SHARE, SEED = 500, 0.2, 23
RATE = 100.0
# The parts of the model that no calls show: one is processor time, the other is paid by the hour.
UNCOUNTED = {"Lambda", "Secrets Manager"}
# How far apart the two may be: users and texts differ between the events.
TOLERANCE = 0.15


@pytest.fixture
def delivered(built: Built, aws: str) -> Iterator[tuple[DeliverySystem, DynamoDbProxy]]:
    """A system that has delivered the events in one batch, and what it asked of DynamoDB."""
    httpx.post(f"{aws}/moto-api/reset", trust_env=False)
    config = orjson.loads((HERE / "destination.json").read_bytes())
    del config["token"]
    with DeliverySystem(built, aws, Clock(NOW), **config) as system, DynamoDbProxy(aws) as proxy:
        system.dynamodb = proxy.url
        system.send(*with_counters(workload.events(COUNT, SEED), SHARE))
        system.run_until_empty()
        yield system, proxy


def counted_parts(system: DeliverySystem, proxy: DynamoDbProxy) -> cost.Parts:
    """Dollars for a million events, from the calls and bytes that were counted."""
    items: Counter[str] = Counter()
    for action, body in proxy.bodies:
        items.update(items_of(action, orjson.loads(body)))
    lines = [line for answer in system.function.answers for line in answer.log]
    log_bytes = sum(len(line.encode()) + LINE_BYTES for line in lines)
    out = sum(map(sent_bytes, system.mixpanel.requests()))
    read, write = prices.DYNAMODB_READ.each, prices.DYNAMODB_WRITE.each
    counted = {
        "DynamoDB, suppressed users": items.pop(f"{SUPPRESSIONS}, read") * read,
        # An item of the workload's profiles is below 1 KB, and 0 stands for what never was there.
        "DynamoDB, newer wins": items.pop(f"{PROFILES}, read", 0) * read
        + items.pop(f"{PROFILES}, written", 0) * write,
        "CloudWatch Logs": (log_bytes + PLATFORM_BYTES) * prices.LOG_BYTE.each,
        "sent to Mixpanel": out * prices.BYTE_OUT.each,
        # All that is left: a call that the model does not know counts as a write, too.
        "DynamoDB, counters": items.total() * write,
    }
    return {part: dollars * MILLION / COUNT for part, dollars in counted.items()}


def order_of_profiles() -> float:
    """Dollars for a million events for the profiles that these events update.

    The model counts those of other events: how many of 500 are identify calls differs too much.
    """
    destination = Destination.from_config(orjson.loads((HERE / "destination.json").read_bytes()))
    events = with_counters(workload.events(COUNT, SEED), SHARE)
    updated = count_updates([map_event(event, destination) for event in events])
    dollars = (
        updated.reads * prices.DYNAMODB_READ.each + updated.writes * prices.DYNAMODB_WRITE.each
    )
    return dollars * MILLION / COUNT


def test_the_parts_of_the_model_add_up_to_what_was_counted(
    delivered: tuple[DeliverySystem, DynamoDbProxy],
) -> None:
    """Each part is within the tolerance, and none is left out on either side."""
    batch = used_by_batch(COUNT, SHARE)
    parts = {name: MILLION * part for name, part in cost.delivery_parts(batch, RATE).items()}
    parts["DynamoDB, newer wins"] = order_of_profiles()
    counted = counted_parts(*delivered)
    assert parts.keys() - UNCOUNTED == counted.keys()
    assert counted == {name: pytest.approx(parts[name], rel=TOLERANCE) for name in counted}


def test_delivery_itself_calls_no_queue(delivered: tuple[DeliverySystem, DynamoDbProxy]) -> None:
    """Lambda receives and deletes: the model counts no other calls of SQS for delivered events."""
    system, _ = delivered
    assert (system.sqs.calls, len(system.source.batches)) == ([], 1)
