"""What senders put on the queue: events of one user each, in records of different forms."""

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
    """Events about one user each; a few of them are rejected or filtered."""
    random = Random(seed)  # noqa: S311 - reproducible
    calls = []
    for number, event in enumerate(events(count, seed)):
        own = {"userId": f"user-{seed}-{number}", "anonymousId": f"device-{seed}-{number}"}
        message = {**event, **own}
        draw = random.random()
        if draw < 0.01:
            message["type"] = "purchase"
        elif draw < 0.02:
            message["integrations"] = {"All": False}
        calls.append(message)
    return calls


def records(sent: list[Message], seed: int) -> Iterator[str]:
    """The events in records: most alone, some in batches, some sent twice."""
    random = Random(seed)  # noqa: S311 - reproducible
    remaining = iter(sent)
    while batch := list(islice(remaining, random.choice((1, 1, 1, 5, 20)))):
        body = json.dumps(batch[0] if len(batch) == 1 else {"batch": batch})
        yield body
        if random.random() < 0.02:
            yield body
