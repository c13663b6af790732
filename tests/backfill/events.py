"""Old events in files of every layout, and what Mixpanel must hold of them."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rudder_mixpanel.message.times import since_epoch

# About as long as real events.
FILLER: Final = "x" * 900
# Of ten events, one is an identify call and two are orders with counters.
POINTS: Final = 9


def old_events(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Events of the last hundred days before `now`, each with its own id."""
    for number in range(count):
        time = now - timedelta(days=1 + number % 100, seconds=number % 86_400)
        event: dict[str, Any] = {
            "type": "track",
            "event": "Viewed",
            "messageId": f"message-{number}",
            "userId": f"user-{number % 997}",
            "timestamp": time.isoformat(timespec="milliseconds"),
            "properties": {"filler": FILLER},
        }
        match number % 10:
            case 0:
                event |= {"type": "identify", "traits": {"plan": f"plan-{number}"}}
            case 1 | 2:
                event |= {
                    "event": "Order Completed",
                    "userId": f"buyer-{number}",
                    "properties": {"revenue": 9.5, "loyalty_points": POINTS, "filler": FILLER},
                }
            case _:
                pass
        yield event


def write_events(folder: Path, count: int, now: datetime) -> None:
    """Write them as lines, as compressed lines, and as one array on one line."""
    events = old_events(count, now)
    third = count // 3
    with (folder / "a.jsonl").open("w") as lines:
        for _ in range(third):
            lines.write(json.dumps(next(events)) + "\n")
    with gzip.open(folder / "b.jsonl.gz", "wt", compresslevel=1) as lines:
        for _ in range(third):
            lines.write(json.dumps(next(events)) + "\n")
    with (folder / "c.json").open("w") as array:
        array.write("[")
        for number, event in enumerate(events):
            array.write(f"{',' if number else ''}{json.dumps(event)}")
        array.write("]")


def expected_events(count: int, now: datetime) -> set[tuple[str, str, str, int]]:
    """Name, user, `$insert_id` and time of each event that Mixpanel must hold."""
    return {
        (
            event["event"],
            event["userId"],
            event["messageId"],
            since_epoch(datetime.fromisoformat(event["timestamp"])),
        )
        for event in old_events(count, now)
        if event["type"] == "track"
    }


def buyers(count: int, now: datetime) -> set[str]:
    """The users with one order each."""
    events = old_events(count, now)
    return {event["userId"] for event in events if event["userId"].startswith("buyer")}
