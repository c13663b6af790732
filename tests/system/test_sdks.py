"""RudderStack's SDKs, unchanged, through the built functions to a strict Mixpanel."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

# The SDK has no types.
from rudderstack.analytics.client import Client  # type: ignore[import-untyped]

from events.recorder import node
from rudder_mixpanel.envelopes import read_events
from rudder_mixpanel.receiving.receive import ATTEMPTS
from tests.fakes.clock import Clock
from tests.package.conftest import Built
from tests.system.data_plane import WRITE_KEY, DataPlane
from tests.system.delivery_system import DeliverySystem

CALLS = ("identify", "track", "page", "screen", "group", "alias")
# How a query shows each of the calls
SHOWN = ("profile", "Counted", "Page", "Screen", "groupId", "alias")
# How often each call is made, for a thousand events of each SDK
EACH = -(-1000 // len(CALLS))
# boto3 makes two attempts for each call.
TRIES = 2 * ATTEMPTS


def python_sdk(url: str) -> None:
    """Send all six calls, EACH times, with the Python SDK."""
    errors: list[Exception] = []
    client = Client(
        WRITE_KEY,
        host=url,
        on_error=lambda error, _: errors.append(error),
        proxies={"no_proxy": "127.0.0.1"},
    )
    for n in range(EACH):
        user, device = f"user-{n}", f"device-{n}"
        client.identify(user, anonymous_id=device, traits={"n": n})
        client.track(user, "Counted", anonymous_id=device, properties={"n": n})
        client.page(user, name="Counted", anonymous_id=device, properties={"n": n})
        client.screen(user, name="Counted", anonymous_id=device, properties={"n": n})
        traits = {"groupId": f"group-{n}", "n": n}
        client.group(user, f"group-{n}", anonymous_id=device, traits=traits)
        client.alias(user, f"also-{n}", context={"n": n})
    client.shutdown()
    if errors:
        raise ExceptionGroup("the SDK could not deliver", errors)


def node_sdk(url: str) -> None:
    """Send the same calls with the Node SDK."""
    node._run("node", "many.mjs", url, WRITE_KEY, str(EACH))


without_node = pytest.mark.skipif(
    shutil.which("node") is None or not node.MODULES.is_dir(),
    reason="THE NODE SDK IS NOT CHECKED: install Node, run `npm ci` in events/recorder",
)
SDKS = [
    pytest.param(python_sdk, id="python"),
    pytest.param(node_sdk, id="node", marks=without_node),
]


@pytest.fixture
def system(built: Built, aws: str) -> Iterator[DeliverySystem]:
    """A system with a clock that stands still, an hour ahead of the SDKs' clock."""
    httpx.post(f"{aws}/moto-api/reset", trust_env=False)
    soon = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - the time of the SDKs
    with DeliverySystem(
        built, aws, Clock(soon), groupKeySettings=[{"groupKey": "groupId"}]
    ) as delivery_system:
        yield delivery_system


@pytest.fixture
def data_plane(system: DeliverySystem) -> Iterator[DataPlane]:
    """The function that receives events, in front of the queue of that system."""
    with DataPlane(system) as listening:
        yield listening


@pytest.mark.parametrize("sdk", SDKS)
def test_every_call_arrives_once(
    system: DeliverySystem, data_plane: DataPlane, sdk: Callable[[str], None]
) -> None:
    """A process dies before its response; a call to the queue fails, and a response is lost."""
    data_plane.dies_after.add(1)
    system.sqs.fault("error", "SendMessageBatch", queue="events", times=TRIES)
    system.sqs.fault("lost", "SendMessageBatch", queue="events")
    sdk(data_plane.url)
    queued = messages(system)
    system.run_until_empty()
    assert (
        Counter(data_plane.statuses)[503],
        Counter(data_plane.statuses)[502],
        calls(queued),
        arrived(system),
        system.mixpanel.violations(),
        system.rejected.messages(),
        system.dead.messages(),
    ) == (1, 1, once(CALLS), once(SHOWN), [], [], [])


def messages(system: DeliverySystem) -> dict[str, dict[str, Any]]:
    """The events on the queue by messageId, so that copies are one."""
    events: list[Any] = [
        event for record in system.events.messages() for event in read_events(record.body)
    ]
    return {event["messageId"]: event for event in events}


def calls(queued: dict[str, dict[str, Any]]) -> Counter[tuple[str, int]]:
    """How often each call is there, by type and number."""
    return Counter((event["type"], number(event)) for event in queued.values())


def number(event: dict[str, Any]) -> int:
    """The number of an event, from the place where its SDK writes it."""
    context = event["context"]
    places = (event.get("properties"), event.get("traits"), context.get("traits"), context)
    return next(int(place["n"]) for place in places if place and "n" in place)


def arrived(system: DeliverySystem) -> Counter[tuple[str, int]]:
    """How often a query shows each call: as an event, a profile, a group or an identity."""
    mixpanel = system.mixpanel
    items = [*mixpanel.events(view="query"), *mixpanel.profiles(), *mixpanel.groups()]
    shown = Counter(
        (item.get("event", item.get("group_key", "profile")), item["properties"]["n"])
        for item in items
        if "n" in item["properties"]
    )
    for item in mixpanel.identities():
        n = int(item["distinct_id"].rpartition("-")[2])
        if set(item["ids"]) == {f"user-{n}", f"device-{n}", f"also-{n}"}:
            shown["alias", n] += 1
    return shown


def once(names: tuple[str, ...]) -> Counter[tuple[str, int]]:
    """Each name with each number, once."""
    return Counter((name, n) for name in names for n in range(EACH))
