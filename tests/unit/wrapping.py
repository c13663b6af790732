"""Envelopes in which events come, as their makers write them."""

import gzip
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final

from rudder_mixpanel.envelopes import encode_json


def bridged(detail: Any) -> dict[str, Any]:
    """EventBridge's."""
    return {"version": "0", "detail-type": "track", "source": "rudderstack", "detail": detail}


def notified(content: Any) -> dict[str, Any]:
    """SNS's, as a queue gets it."""
    return {
        "Type": "Notification",
        "MessageId": "n-1",
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:events",
        "Message": encode_json(content),
        "Timestamp": "2027-01-01T00:00:00.000Z",
    }


def proxied(content: Any) -> dict[str, Any]:
    """API Gateway's, as a REST API makes it."""
    return {
        "resource": "/events",
        "path": "/events",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"stage": "prod"},
        "body": encode_json(content),
        "isBase64Encoded": False,
    }


def proxied_packed(content: Any) -> dict[str, Any]:
    """API Gateway's, as an HTTP API makes it of a compressed request."""
    return {
        "version": "2.0",
        "routeKey": "POST /events",
        "headers": {"content-encoding": "gzip"},
        "requestContext": {"http": {"method": "POST"}},
        "body": in_gzip(content),
        "isBase64Encoded": True,
    }


def streamed(content: Any) -> dict[str, Any]:
    """Kinesis's, as it invokes a function."""
    record = {"partitionKey": "user-1", "sequenceNumber": "1", "data": in_base64(content)}
    return {"Records": [{"kinesis": record, "eventSource": "aws:kinesis"}]}


def piped(content: Any) -> dict[str, Any]:
    """Kinesis's, as a pipe without a template carries it."""
    return {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "user-1",
        "sequenceNumber": "1",
        "data": in_base64(content),
        "eventSource": "aws:kinesis",
        "eventName": "aws:kinesis:record",
    }


def published(content: Any) -> dict[str, Any]:
    """SNS's, as it invokes a function."""
    return {"Records": [{"EventSource": "aws:sns", "Sns": notified(content)}]}


def addressed(content: Any, **destination: Any) -> dict[str, Any]:
    """RudderStack's transformer's; keyword arguments say things of the destination."""
    named = {"ID": "ours", "Name": "Mixpanel", "Config": {"token": "other"}, **destination}
    return {"message": content, "metadata": {"jobId": 1}, "destination": named}


def batched(content: Any) -> dict[str, Any]:
    """RudderStack's batch of them."""
    return {"batch": [content], "sentAt": "2027-01-01T00:00:00.000Z"}


def listed(content: Any) -> list[Any]:
    """An array."""
    return [content]


def in_base64(content: Any) -> str:
    """The JSON of something, as base64."""
    return b64encode(encode_json(content).encode()).decode()


def in_gzip(content: Any) -> str:
    """The JSON of something, compressed, as base64."""
    return b64encode(gzip.compress(encode_json(content).encode())).decode()


WRAPPINGS: Final[list[Callable[[Any], Any]]] = [
    bridged,
    notified,
    proxied,
    proxied_packed,
    streamed,
    piped,
    published,
    addressed,
    batched,
    listed,
]
