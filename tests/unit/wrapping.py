"""The envelopes that AWS and RudderStack put around events."""

import gzip
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final

from rudder_mixpanel.envelopes import encode_json


def bridged(detail: Any) -> dict[str, Any]:
    """The envelope of EventBridge."""
    return {"version": "0", "detail-type": "track", "source": "rudderstack", "detail": detail}


def notified(content: Any) -> dict[str, Any]:
    """The envelope of SNS that sends to a queue."""
    return {
        "Type": "Notification",
        "MessageId": "n-1",
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:events",
        "Message": encode_json(content),
        "Timestamp": "2027-01-01T00:00:00.000Z",
    }


def proxied(content: Any) -> dict[str, Any]:
    """The envelope of a REST API of API Gateway."""
    return {
        "resource": "/events",
        "path": "/events",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"stage": "prod"},
        "body": encode_json(content),
        "isBase64Encoded": False,
    }


def proxied_gzip(content: Any) -> dict[str, Any]:
    """The envelope of an HTTP API of API Gateway, around a compressed request."""
    return {
        "version": "2.0",
        "routeKey": "POST /events",
        "headers": {"content-encoding": "gzip"},
        "requestContext": {"http": {"method": "POST"}},
        "body": in_gzip(content),
        "isBase64Encoded": True,
    }


def streamed(content: Any) -> dict[str, Any]:
    """The envelope of Kinesis that invokes a function."""
    record = {"partitionKey": "user-1", "sequenceNumber": "1", "data": in_base64(content)}
    return {"Records": [{"kinesis": record, "eventSource": "aws:kinesis"}]}


def piped(content: Any) -> dict[str, Any]:
    """The envelope of Kinesis through a pipe without a template."""
    return {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "user-1",
        "sequenceNumber": "1",
        "data": in_base64(content),
        "eventSource": "aws:kinesis",
        "eventName": "aws:kinesis:record",
    }


def published(content: Any) -> dict[str, Any]:
    """The envelope of SNS that invokes a function."""
    return {"Records": [{"EventSource": "aws:sns", "Sns": notified(content)}]}


def addressed(content: Any, **destination: Any) -> dict[str, Any]:
    """The envelope of RudderStack's transformer; keyword arguments override its destination."""
    named = {"ID": "ours", "Name": "Mixpanel", "Config": {"token": "other"}, **destination}
    return {"message": content, "metadata": {"jobId": 1}, "destination": named}


def failed(content: Any) -> dict[str, Any]:
    """The report of Lambda about a failed invocation, for the function's on-failure destination."""
    return {
        "version": "1.0",
        "timestamp": "2027-01-01T00:00:00.000Z",
        "requestContext": {
            "requestId": "r-1",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:forward:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": content,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {"errorType": "TimeoutError", "errorMessage": "timed out"},
    }


def failed_batch(**fields: Any) -> dict[str, Any]:
    """The report of Lambda about a failed batch of a stream, with these fields."""
    report = failed(None)
    del report["requestPayload"], report["responsePayload"]
    return report | fields


def failed_batch_in_s3(content: Any) -> dict[str, Any]:
    """The same as Lambda writes it to S3, with the batch as text."""
    info = {"shardId": "shardId-000000000001", "batchSize": 1}
    return failed_batch(KinesisBatchInfo=info, payload=encode_json(content))


def queued(content: Any) -> dict[str, Any]:
    """The envelope of SQS that invokes a function."""
    record = {
        "messageId": "s-1",
        "receiptHandle": "h-1",
        "body": encode_json(content),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": "us-east-1",
    }
    return {"Records": [record]}


def batched(content: Any) -> dict[str, Any]:
    """A batch of RudderStack."""
    return {"batch": [content], "sentAt": "2027-01-01T00:00:00.000Z"}


def listed(content: Any) -> list[Any]:
    """An array."""
    return [content]


def in_base64(content: Any) -> str:
    """The JSON of the content in base64."""
    return b64encode(encode_json(content).encode()).decode()


def in_gzip(content: Any) -> str:
    """The JSON of the content, compressed, in base64."""
    return b64encode(gzip.compress(encode_json(content).encode())).decode()


WRAPPINGS: Final[list[Callable[[Any], Any]]] = [
    bridged,
    notified,
    proxied,
    proxied_gzip,
    streamed,
    piped,
    published,
    addressed,
    failed,
    failed_batch_in_s3,
    queued,
    batched,
    listed,
]
