"""The envelopes that AWS and RudderStack put around events on their way to the queue."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

Event = dict[str, Any]

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"


def eventbridge(event: Event) -> Event:
    """An event of RudderStack's EventBridge destination, as a rule forwards it."""
    return {
        "version": "0",
        "id": id_of("eventbridge", event),
        "detail-type": "RudderStack event",
        "source": "rudderstack",
        "account": ACCOUNT,
        "time": f"{received(event):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [],
        "detail": event,
    }


def sns(event: Event) -> Event:
    """A notification, as a subscribed queue receives it."""
    return {
        "Type": "Notification",
        "MessageId": id_of("sns", event),
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:rudderstack",
        "Message": json_text(event),
        "Timestamp": event["receivedAt"],
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": f"https://sns.{REGION}.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeURL": f"https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe",
    }


def api_gateway_rest(event: Event) -> Event:
    """A request of RudderStack's webhook, as a REST API passes it to a function."""
    return {
        "resource": "/events",
        "path": "/events",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "User-Agent": "RudderLabs"},
        "queryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "httpMethod": "POST",
            "requestId": id_of("rest", event),
            "stage": "prod",
        },
        "body": json_text(event),
        "isBase64Encoded": False,
    }


def api_gateway_http(event: Event) -> Event:
    """A compressed batch, as an HTTP API passes it to a function."""
    batch = json_text({"batch": [event]}).encode()
    # Not compressed: the output of zlib depends on its version, and samples are compared.
    body = gzip.compress(batch, compresslevel=0, mtime=0)
    return {
        "version": "2.0",
        "routeKey": "POST /events",
        "rawPath": "/events",
        "rawQueryString": "",
        "headers": {"content-encoding": "gzip", "content-type": "application/json"},
        "requestContext": {
            "accountId": ACCOUNT,
            "http": {"method": "POST", "path": "/events", "protocol": "HTTP/1.1"},
            "requestId": id_of("http", event),
            "stage": "$default",
        },
        "body": b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def kinesis_function(event: Event) -> Event:
    """A record of a stream, as a function receives it."""
    record, common = kinesis(event)
    return {"Records": [{"kinesis": record, **common}]}


def kinesis_pipe(event: Event) -> Event:
    """A record of a stream, as a pipe without a template forwards it."""
    record, common = kinesis(event)
    return {**record, **common}


def kinesis(event: Event) -> tuple[Event, Event]:
    """A record of RudderStack's Kinesis destination, and the fields that AWS adds to it."""
    sequence_number = str(uuid5(NAMESPACE_URL, event["messageId"]).int)
    record = {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": event["messageId"],
        "sequenceNumber": sequence_number,
        "data": b64encode(json_text(event).encode()).decode(),
        "approximateArrivalTimestamp": received(event).timestamp(),
    }
    common = {
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence_number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/rudderstack",
        "awsRegion": REGION,
        "eventSourceARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/rudderstack",
    }
    return record, common


def transformer(event: Event) -> Event:
    """The request of RudderStack's server to a transformer, with the config of a destination."""
    return {
        "message": event,
        "metadata": {"jobId": 1, "destinationId": "default", "messageId": event["messageId"]},
        "destination": {
            "ID": "default",
            "Name": "Mixpanel",
            "Config": {"token": "another-token", "dataResidency": "eu"},
        },
    }


def lambda_on_failure(event: Event) -> Event:
    """Lambda's report of a failed asynchronous invocation, for an on-failure destination."""
    return {
        "version": "1.0",
        "timestamp": event["receivedAt"],
        "requestContext": {
            "requestId": id_of("lambda", event),
            "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:forward:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {"errorType": "TimeoutError", "errorMessage": "timed out"},
    }


ENVELOPES: Final[dict[str, Callable[[Event], Event]]] = {
    "eventbridge": eventbridge,
    "sns": sns,
    "api_gateway_rest": api_gateway_rest,
    "api_gateway_http": api_gateway_http,
    "kinesis_function": kinesis_function,
    "kinesis_pipe": kinesis_pipe,
    "lambda_on_failure": lambda_on_failure,
    "transformer": transformer,
    "sns_in_eventbridge": lambda event: {**eventbridge(event), "detail": sns(event)},
}


def json_text(value: Any) -> str:
    """Compact JSON, as RudderStack sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def id_of(kind: str, event: Event) -> str:
    """The id of an envelope; the same for the same event."""
    return str(uuid5(NAMESPACE_URL, f"{kind}/{event['messageId']}"))


def received(event: Event) -> datetime:
    """The time at which RudderStack's gateway received the event."""
    return datetime.fromisoformat(event["receivedAt"])
