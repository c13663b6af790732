"""The sample events that the demo sends, and the outcome that each must have."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from rudder_mixpanel.envelopes import EnvelopeItem, Unreadable, read_events
from sandbox.aws import ROOT

FOLDER = ROOT / "events" / "deliver_events"
CALLS = ("identify", "track", "page", "screen", "group", "alias")
# File -> how its events are sent
FILES = {
    **{f"{call}_python": "Python SDK" for call in CALLS},
    **{f"{call}_node": "Node SDK" for call in CALLS},
    "eventbridge": "EventBridge envelope",
    "sns": "SNS notification",
    "sns_in_eventbridge": "SNS in EventBridge",
    "api_gateway_rest": "API Gateway, REST API",
    "api_gateway_http": "API Gateway, HTTP API",
    "kinesis_function": "Kinesis record",
    "kinesis_pipe": "Kinesis record, by a pipe",
    "transformer": "transformer's envelope",
    "batch_envelope": "batch",
    "array": "array",
    "batch_with_poison": "batch with bad items",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A record of the queue, and how it was sent."""

    sent_as: str
    body: str

    @property
    def events(self) -> list[EnvelopeItem]:
        """The events that the stack reads from it."""
        return read_events(self.body)


def samples() -> Iterator[Sample]:
    """Yield every record of every sample file."""
    for file, sent_as in FILES.items():
        for record in json.loads((FOLDER / f"{file}.json").read_text())["Records"]:
            yield Sample(sent_as, record["body"])


def expected_code(event: EnvelopeItem) -> str | None:
    """Return the code with which an event must be rejected, or None."""
    if isinstance(event, Unreadable):
        return event.code
    if "type" not in event:
        return "MISSING_TYPE"
    return None if event["type"] in CALLS else "UNSUPPORTED_TYPE"
