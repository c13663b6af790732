"""The sample events that the demo sends, and what must become of each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from rudder_mixpanel.envelopes import EnvelopeItem, Unreadable, read_events
from sandbox.aws import ROOT

FOLDER = ROOT / "events" / "deliver_events"
CALLS = ("identify", "track", "page", "screen", "group", "alias")
# File -> how a person calls it
FILES = {
    **{f"{call}_python": f"{call}, Python SDK" for call in CALLS},
    **{f"{call}_node": f"{call}, Node SDK" for call in CALLS},
    "eventbridge": "in EventBridge's envelope",
    "sns": "in an SNS notification",
    "sns_in_eventbridge": "in both of them",
    "api_gateway_rest": "in a REST API's request",
    "api_gateway_http": "in an HTTP API's request",
    "kinesis_function": "in a Kinesis record",
    "kinesis_pipe": "in a pipe's record",
    "transformer": "in a transformer's envelope",
    "batch_envelope": 'in {"batch": […]}',
    "array": "in an array",
    "batch_with_poison": "in a poisoned batch",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A record, who it came from, and the events in it."""

    name: str
    body: str

    @property
    def events(self) -> list[EnvelopeItem]:
        """What the stack finds in it."""
        return read_events(self.body)


def samples() -> Iterator[Sample]:
    """Every record of every sample, in the order of the story that they tell."""
    for file, name in FILES.items():
        for record in json.loads((FOLDER / f"{file}.json").read_text())["Records"]:
            yield Sample(name, record["body"])


def must_be_rejected(event: EnvelopeItem) -> str | None:
    """The code under which an event must be rejected, or None."""
    if isinstance(event, Unreadable):
        return event.code
    if "type" not in event:
        return "MISSING_TYPE"
    return None if event["type"] in CALLS else "UNSUPPORTED_TYPE"
