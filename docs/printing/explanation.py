"""The example of an explanation in docs/mapping.md."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.explain.explanation import Explanation, explain_event
from rudder_mixpanel.message.times import since_epoch

DESTINATION: Final = Path(__file__).parents[2] / "events" / "preview" / "destination.json"
NOW: Final = since_epoch(datetime(2027, 1, 1, tzinfo=UTC))
EVENT: Final[dict[str, Any]] = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "5f1a0f6e-0002-4000-8000-000000000002",
    "anonymousId": "d-1",
    "timestamp": "2026-12-31T12:01:00Z",
    "sentAt": "2026-12-31T12:01:02Z",
    "integrations": {"All": True},
    "properties": {"revenue": "45.90", "plan": "free"},
    "context": {
        "ip": "203.0.113.7, 10.0.0.1",
        "locale": "en-GB",
        "os": {"name": "iOS", "version": ""},
        "traits": {"plan": "pro"},
    },
}


def event() -> str:
    """The event of the example."""
    return block(EVENT)


def requests() -> str:
    """What is explained of its requests."""
    return block([{"explain": sentences} for sentences in explained().requests])


def parts() -> str:
    """What is explained of the event."""
    explanation = explained()
    return block({"explain": {"used": explanation.used, "left_out": explanation.left_out}})


def explained() -> Explanation:
    """The explanation of the example."""
    destination = Destination.from_config(json.loads(DESTINATION.read_text()))
    operations, _ = map_message(EVENT, destination, now=NOW)
    return explain_event(EVENT, destination, operations, now=NOW)


def block(value: Any) -> str:
    """A value as a block of JSON."""
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
