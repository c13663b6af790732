"""The client without a network responds and fails as boto3 does with the server."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.fakes.sqs.account import Account, error_code
from tests.fakes.sqs.client import (
    QUEUE_URL,
    MemorySqsClient,
    QueueClient,
    attribute_text,
    client_error,
    no_connection,
)
from tests.fakes.sqs.messages import MEBIBYTE


def entry(identifier: str, body: str = "body", **attributes: str) -> dict[str, Any]:
    """An entry of a batch."""
    return {
        "Id": identifier,
        "MessageBody": body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        },
    }


BATCHES: dict[str, list[Any]] = {
    "empty": [],
    "eleven": [entry(str(number)) for number in range(11)],
    "same id": [entry("a"), entry("a")],
    "too large": [entry("a", "x" * MEBIBYTE), entry("b")],
}


@pytest.mark.parametrize("name", BATCHES)
def test_batch_fails_with_the_same_code_as_over_the_network(account: Account, name: str) -> None:
    """The code that boto3 raises."""
    clients: list[Any] = [account.client, QueueClient(account.queue)]
    codes = [
        error_code(client.send_message_batch, QueueUrl=account.url, Entries=BATCHES[name])
        for client in clients
    ]
    assert codes[0] == codes[1]


def test_entry_fails_as_over_the_network(account: Account) -> None:
    """One entry with a forbidden character, and one that is accepted."""
    clients: list[Any] = [account.client, QueueClient(account.queue)]
    responses = [
        client.send_message_batch(QueueUrl=account.url, Entries=[entry("a"), entry("b", "\0")])
        for client in clients
    ]
    failed = [
        [(result["Id"], result["Code"]) for result in response["Failed"]] for response in responses
    ]
    assert (failed[0], account.bodies()) == (failed[1], ["body", "body"])


def test_visibility_changes_as_over_the_network(account: Account) -> None:
    """A message in flight is visible again at once."""
    account.send("once")
    [message] = account.receive()
    entries = [{"Id": "a", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}]
    QueueClient(account.queue).change_message_visibility_batch(
        QueueUrl=account.url, Entries=entries
    )
    assert account.bodies() == ["once"]


def test_sent_messages_are_kept() -> None:
    """With their bodies and codes."""
    sqs = MemorySqsClient()
    sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=[entry("a", code="X"), entry("b", "other")])
    assert (sqs.calls, sqs.bodies, sqs.reasons) == (
        [2],
        ["body", "other"],
        [("body", "X"), ("other", "")],
    )


def test_each_failure_decides_one_call() -> None:
    """An exception, bodies that are rejected, and none."""
    sqs = MemorySqsClient(no_connection(), {"body"}, None)
    batch = [entry("a"), entry("b", "other")]
    with pytest.raises(EndpointConnectionError):
        sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=batch)
    for _ in range(2):
        sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=batch)
    assert sqs.bodies == ["other", "body", "other"]


@pytest.mark.parametrize("body", ["\0", ""])
def test_message_that_sqs_rejects_is_not_kept(body: str) -> None:
    """It is in the response as failed."""
    sqs = MemorySqsClient()
    response = sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=[entry("a", body)])
    assert (response["Failed"][0]["Id"], sqs.messages) == ("a", [])


def test_visibility_timeouts_are_kept_by_receipt_handle() -> None:
    """Of messages that were never received here."""
    sqs = MemorySqsClient()
    entries = [{"Id": "a", "ReceiptHandle": "handle", "VisibilityTimeout": 30}]
    sqs.change_message_visibility_batch(QueueUrl=QUEUE_URL, Entries=entries)
    assert sqs.visibility_timeouts == {"handle": 30}


def test_missing_attribute_is_empty_text() -> None:
    """Any other is its text."""
    message = entry("a", code="X")
    assert (attribute_text(message, "code"), attribute_text(message, "field")) == ("X", "")


def test_error_has_its_code() -> None:
    """Where boto3 has it."""
    error: ClientError = client_error("AccessDenied")
    assert error.response["Error"]["Code"] == "AccessDenied"
