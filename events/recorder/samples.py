"""Wraps events as Lambda receives them from SQS, and derives invalid samples from valid ones."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from events.recorder.envelopes import ACCOUNT, ENVELOPES, REGION, json_text, received

Event = dict[str, Any]
Samples = dict[str, Event]

QUEUE: Final = f"arn:aws:sqs:{REGION}:{ACCOUNT}:rudder-mixpanel-events"

# The time from RudderStack's gateway to the queue, and from there to the function.
TO_QUEUE: Final = timedelta(milliseconds=480)
IN_QUEUE: Final = timedelta(milliseconds=35)


def recorded(sdk: str, events: Iterable[Event]) -> Samples:
    """One sample a call: a record with the event, without an envelope."""
    return {
        f"{event['type']}_{sdk}.json": sqs(f"{event['type']}_{sdk}", [json_text(event)], event)
        for event in events
    }


def derived(events: Sequence[Event]) -> Samples:
    """Samples of all envelopes, and of invalid records."""
    by_call = {event["type"]: event for event in events}
    page, identify, track = (by_call[call] for call in ("page", "identify", "track"))
    bodies = {
        **{name: [json_text(wrap(track))] for name, wrap in ENVELOPES.items()},
        "batch_envelope": [json_text({"batch": list(events)})],
        "array": [json_text([page, identify, track])],
        "batch_with_poison": [
            json_text(page),
            json_text(track)[:200],
            json_text(identify),
            json_text({"status": "ok"}),
            json_text(copy_event(track, type="purchase")),
            json_text(copy_event(track, type=None)),
            json_text(track),
        ],
        "empty": [],
    }
    return {f"{name}.json": sqs(name, body, events[-1]) for name, body in bodies.items()}


def copy_event(event: Event, **changes: Any) -> Event:
    """A copy of an event with changed fields and a new id; None removes a field."""
    changes["messageId"] = str(uuid5(NAMESPACE_URL, f"{event['messageId']}/{changes}"))
    return {key: value for key, value in (event | changes).items() if value is not None}


def sqs(name: str, bodies: Iterable[str], last: Event) -> Event:
    """The event of a Lambda function, soon after RudderStack received the last of the events."""
    queued = received(last) + TO_QUEUE
    return {"Records": [record(f"{name}/{n}", body, queued) for n, body in enumerate(bodies)]}


def record(name: str, body: str, queued: datetime) -> Event:
    """One SQS message; its id depends on its name."""
    message_id = str(uuid5(NAMESPACE_URL, name))
    return {
        "messageId": message_id,
        "receiptHandle": f"receipt-of-{message_id}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": milliseconds(queued),
            "SenderId": f"{ACCOUNT}:rudderstack",
            "ApproximateFirstReceiveTimestamp": milliseconds(queued + IN_QUEUE),
        },
        "messageAttributes": {},
        "md5OfBody": md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": REGION,
    }


def milliseconds(time: datetime) -> str:
    """The time as SQS writes it."""
    return str(round(time.timestamp() * 1000))


def write(samples: Samples, folder: Path) -> None:
    """Write each sample to its file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in samples.items():
        (folder / name).write_text(
            json.dumps(sample, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
