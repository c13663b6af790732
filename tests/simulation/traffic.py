"""What senders put on the queue: real events, of one user each, in records of every make."""

import json
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any, Final

from benchmarks.workload import events

type Message = dict[str, Any]

CONFIG: Final[dict[str, Any]] = {
    "token": "f00dfeedf00dfeedf00dfeedf00dfeed",
    "identityMergeApi": "simplified",
    "people": True,
    "propIncrements": [{"property": "item_count"}, {"property": "loyalty_points"}],
    "groupKeySettings": [{"groupKey": "company_id"}],
    "setOnceProperties": [{"property": "first_touch_source"}],
    "unionProperties": [{"property": "interests"}],
    "appendProperties": [{"property": "last_campaign"}],
}


def messages(count: int, seed: int) -> list[Message]:
    """As many events, each of a user of its own, a few of which can never be delivered."""
    chance = Random(seed)  # noqa: S311 - so that a failure fails again
    made = []
    for number, event in enumerate(events(count, seed)):
        own = {"userId": f"user-{seed}-{number}", "anonymousId": f"device-{seed}-{number}"}
        message = {**event, **own}
        fate = chance.random()
        if fate < 0.01:
            message["type"] = "purchase"
        elif fate < 0.02:
            message["integrations"] = {"All": False}
        made.append(message)
    return made


def records(sent: list[Message], seed: int) -> Iterator[str]:
    """The events in records: most alone, some in batches, some sent twice."""
    chance = Random(seed)  # noqa: S311 - so that a failure fails again
    left = iter(sent)
    while batch := list(islice(left, chance.choice((1, 1, 1, 5, 20)))):
        body = json.dumps(batch[0] if len(batch) == 1 else {"batch": batch})
        yield body
        if chance.random() < 0.02:
            yield body
