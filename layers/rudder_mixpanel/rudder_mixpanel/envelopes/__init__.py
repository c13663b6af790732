"""Reads the RudderStack events in an SQS body, whatever envelopes they are in."""

from rudder_mixpanel.envelopes.items import EnvelopeItem, Message, Unreadable
from rudder_mixpanel.envelopes.json_text import (
    NOT_FOR_SQS,
    decode_json,
    encode_json,
    escape_for_sqs,
)
from rudder_mixpanel.envelopes.record import EVENTS_OF_A_RECORD, read_events
from rudder_mixpanel.envelopes.redaction import redact_body, redact_part
from rudder_mixpanel.envelopes.shapes import EVENT_FIELDS

__all__ = [
    "EVENTS_OF_A_RECORD",
    "EVENT_FIELDS",
    "NOT_FOR_SQS",
    "EnvelopeItem",
    "Message",
    "Unreadable",
    "decode_json",
    "encode_json",
    "escape_for_sqs",
    "read_events",
    "redact_body",
    "redact_part",
]
