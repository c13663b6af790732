"""Builders of values with defaults, of which a test overrides what it is about."""

import json
from typing import Any
from uuid import UUID

from rudder_mixpanel.destination.destination import Destination

TOKEN = "f00dfeedf00dfeedf00dfeedf00dfeed"
SENT_AT = 1_798_761_600_000  # 2027-01-01T00:00:00Z, the SentTimestamp of the records


def config(**changes: Any) -> dict[str, Any]:
    """RudderStack's Config of a destination; keyword arguments override, None removes."""
    return without_none({"token": TOKEN, "dataResidency": "us", **changes})


def destination(**changes: Any) -> Destination:
    """A destination with that Config."""
    return Destination.from_config(config(**changes))


def track(**changes: Any) -> dict[str, Any]:
    """A track call; keyword arguments override its fields, None removes one."""
    message = {
        "type": "track",
        "event": "Order Completed",
        "messageId": "b1f0d9a2-7c55-4a8e-9d3c-0f6f7a1f2e11",
        "userId": "user-1",
        "anonymousId": "device-1",
        "timestamp": "2026-12-31T12:00:00.000Z",
        "properties": {"order_id": "o-1"},
    }
    return without_none({**message, **changes})


def identify(**changes: Any) -> dict[str, Any]:
    """An identify call, with its traits where SDKs write them."""
    message = {
        "type": "identify",
        "messageId": "c2a1e0b3-8d66-4b9f-8e4d-1a7a8b2a3f22",
        "userId": "user-1",
        "anonymousId": "device-1",
        "timestamp": "2026-12-31T12:00:00.000Z",
        "context": {"traits": {"email": "ann@example.com", "plan": "pro"}},
    }
    return without_none({**message, **changes})


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def sqs_id(index: int) -> str:
    """An id as SQS gives it, another one for each index."""
    return str(UUID(int=index))


def sqs_record(body: Any, record_id: str = "record-1", **attributes: str) -> dict[str, Any]:
    """A record as Lambda receives it; the body is text, or anything else as JSON."""
    return {
        "messageId": record_id,
        "receiptHandle": f"handle-of-{record_id}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(SENT_AT),
            "SenderId": "sender",
            "ApproximateFirstReceiveTimestamp": str(SENT_AT + 1),
            **attributes,
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:events",
        "awsRegion": "us-east-1",
    }


def sqs_event(*bodies: Any) -> dict[str, Any]:
    """A batch of records, named record-1, record-2 and so on."""
    return {"Records": [sqs_record(body, f"record-{i}") for i, body in enumerate(bodies, 1)]}
