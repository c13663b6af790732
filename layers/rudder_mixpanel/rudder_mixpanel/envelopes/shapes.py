"""What the content of an envelope looks like, and what it says about its destination."""

from typing import Any, Final

from rudder_mixpanel.envelopes.items import Message
from rudder_mixpanel.envelopes.json_text import decode_json, unreadable_error

# Fields by which an object is recognized as a RudderStack event
EVENT_FIELDS: Final = frozenset(
    {"type", "messageId", "userId", "anonymousId", "event", "properties", "traits", "context"}
)
NO_ENVELOPE: Final = "neither an event nor a known envelope"
EVENT_LEFT_OUT: Final = (
    "Lambda's report of a failed invocation without its event, which was too large: "
    "send the event to the queue again"
)
BATCH_LEFT_OUT: Final = (
    "Lambda's report of a failed batch, which never holds its events: "
    "read them from the stream and send them to the queue"
)
OBJECT_LEFT_OUT: Final = (
    "a notification of S3, which never holds the object: send its content to the queue"
)


def is_event(content: Any) -> bool:
    """Whether this is an event, whatever other fields it has.

    A batch may have fields that all its events share, and a record of SQS has a messageId: without
    a type, they are not events.
    """
    if not isinstance(content, dict) or EVENT_FIELDS.isdisjoint(content):
        return False
    if "type" in content:
        return True
    return not isinstance(content.get("batch"), list) and content.get("eventSource") != "aws:sqs"


def failed_payload(report: Message) -> Any:
    """What a failed function was invoked with, from Lambda's report about it.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html - raises
    RejectedEvent when Lambda has left it out.
    """
    match report:
        case {"requestPayload": payload} if payload is not None:
            return payload
        # A batch of a stream, with an S3 bucket as destination
        case {"payload": str(text)}:
            return decode_json(text)
        case {"KinesisBatchInfo": dict()} | {"DDBStreamBatchInfo": dict()}:
            raise unreadable_error(BATCH_LEFT_OUT)
        case _:
            raise unreadable_error(EVENT_LEFT_OUT)


def why_unknown(content: Any) -> str:
    """Why content is not opened that is neither an event nor a known envelope."""
    match content:
        case {"eventSource": "aws:s3", "s3": dict()}:
            return OBJECT_LEFT_OUT
        case _:
            return NO_ENVELOPE


def destination_of(envelope: Message) -> Any:
    """The id of the destination that a transformer's envelope names, or None."""
    match envelope:
        case {"destination": {"ID": named}} if named:
            return named
        case {"metadata": {"destinationId": named}}:
            return named
        case _:
            return None
