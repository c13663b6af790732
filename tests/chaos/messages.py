"""Records with many counters; every event is about users of its own."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any, Final

from tests.build import identify, track

type Event = dict[str, Any]

FEWEST: Final = 8
MOST: Final = 70


def purchase(fields: Event) -> Event:
    """An event, a charge and an increment."""
    return track(**fields, properties={"revenue": 5, "orders": 2})


def order(fields: Event) -> Event:
    """An event and an increment."""
    return track(**fields, properties={"orders": 3})


def click(fields: Event) -> Event:
    """An event."""
    return track(**fields, event="Clicked")


def visit(fields: Event) -> Event:
    """A merge, an update and a value in a list that grows."""
    return {
        **identify(context={"traits": {"plan": "pro", "visits": fields["messageId"]}}),
        **fields,
    }


def group(fields: Event) -> Event:
    """An update of a user and one of a group."""
    return track(**fields, type="group", traits={"company": f"company of {fields['userId']}"})


def filtered(fields: Event) -> Event:
    """An event for other destinations."""
    return track(**fields, integrations={"All": False})


def nameless(fields: Event) -> Event:
    """An event that Mixpanel cannot have."""
    return track(**fields, event=None)


KINDS: Final[dict[Callable[[Event], Event], int]] = {
    purchase: 8,
    order: 4,
    visit: 4,
    click: 2,
    group: 2,
    filtered: 1,
    nameless: 1,
}


def random_records(seed: int, random: Random, now: datetime) -> list[Any]:
    """The bodies of records: most hold one event, some a batch."""
    count = random.randint(FEWEST, MOST)
    remaining = [random_event(f"{seed}-{number}", random, now) for number in range(count)]
    bodies: list[Any] = []
    while remaining:
        size = random.choice((1, 1, 1, 2, 6))
        batch, remaining = remaining[:size], remaining[size:]
        bodies.append(batch[0] if len(batch) == 1 else {"batch": batch})
    return bodies


def random_event(name: str, random: Random, now: datetime) -> Event:
    """An event of a random kind."""
    (kind,) = random.choices(list(KINDS), list(KINDS.values()))
    return kind(event_fields(name, now))


def event_fields(name: str, now: datetime) -> Event:
    """What tells an event from all others."""
    return {
        "messageId": f"message-{name}",
        "userId": f"user-{name}",
        "anonymousId": f"device-{name}",
        "timestamp": now.isoformat(),
    }
