"""What senders really send: recorded events, and those of the benchmark."""

import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks.workload import events
from rudder_mixpanel.envelopes import read_events
from tests.build import identify, track

FOLDER: Final = Path(__file__).parents[2] / "events"
WORKLOAD: Final = 300


def sample_bodies() -> list[str]:
    """The bodies of all recorded records; one of them is not JSON."""
    files = sorted((FOLDER / "deliver_events").glob("*.json"))
    return [record["body"] for file in files for record in json.loads(file.read_text())["Records"]]


@cache
def sample_records() -> list[Any]:
    """What is in the recorded records that are JSON."""
    records: list[Any] = []
    for body in sample_bodies():
        with suppress(ValueError):
            records.append(json.loads(body))
    return records


@cache
def sample_events() -> list[dict[str, Any]]:
    """Events of every type, as they are in the records, and those of a web shop."""
    recorded = [event for body in sample_bodies() for event in read_events(body)]
    lines = (FOLDER / "preview" / "events.jsonl").read_text().split("\n")
    preview = [event for line in lines for event in read_events(line)]
    return [
        *(event for event in (*recorded, *preview) if isinstance(event, dict)),
        *events(WORKLOAD, 7),
        track(),
        identify(),
        track(type="alias", previousId="device-2"),
        track(type="group", groupId="g-1", traits={"company": ["a", "b"], "groupId": "g-1"}),
    ]


def random_event(random: Random) -> dict[str, Any]:
    """One of the events, for which the choice is the same wherever it is made."""
    return random.choice(sample_events())
