"""The fake SQS moves, expires and counts messages as AWS does, and fails as a test says."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError

from tests.fakes.sqs.account import Account, error_code
from tests.fakes.sqs.server import SqsServer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def test_message_received_too_often_becomes_a_dead_letter(account: Account) -> None:
    """It keeps its id and its time."""
    account.send("poison")
    (sent,) = account.queue.messages()
    for _ in range(3):
        account.receive()
        account.clock.advance(30)
    before = account.dead.messages()
    received = account.receive()
    (dead,) = account.dead.messages()
    assert (before, received) == ([], [])
    assert (dead.id, dead.sent_at) == (sent.id, sent.sent_at)


def test_old_messages_expire(sqs_server: SqsServer, client: "SQSClient") -> None:
    """The queue lists them, but clients cannot see them."""
    account = Account(sqs_server, client, retention=60)
    account.send("old")
    account.clock.advance(60)
    assert (account.bodies(), [message.body for message in account.queue.expired]) == ([], ["old"])


def test_queue_may_repeat_messages(sqs_server: SqsServer, client: "SQSClient") -> None:
    """Within the visibility timeout and after their deletion, as a standard queue may."""
    account = Account(sqs_server, client, duplicates=0.5, seed=1)
    account.send(*"abcdefghij")
    bodies: list[str] = []
    while messages := account.receive():
        bodies += [message["Body"] for message in messages]
        for message in messages:
            account.delete(message)
    assert (set(bodies), len(bodies) > len(set(bodies))) == (set("abcdefghij"), True)


def test_queue_may_shuffle_messages(sqs_server: SqsServer, client: "SQSClient") -> None:
    """The same seed gives the same order."""
    orders = []
    for _ in range(2):
        account = Account(sqs_server, client, shuffled=True, seed=1)
        account.send(*"abcdefghij")
        orders.append(account.bodies())
    assert (orders[0], sorted(orders[0])) == (orders[1], list("abcdefghij"))
    assert orders[0] != sorted(orders[0])


def test_order_is_kept_by_default(account: Account) -> None:
    """So that tests are easy to read."""
    account.send(*"abc")
    assert account.bodies() == ["a", "b", "c"]


def test_deleted_message_can_be_redelivered(account: Account) -> None:
    """With the same id and a higher receive count."""
    account.send("once")
    (message,) = account.receive()
    account.delete(message)
    account.queue.redeliver(message["MessageId"])
    (again,) = account.receive(MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert (again["MessageId"], again["Attributes"]["ApproximateReceiveCount"]) == (
        message["MessageId"],
        "2",
    )


def test_too_many_in_flight(account: Account) -> None:
    """A standard queue stops at 120,000; here the limit is two."""
    account.queue.settings = replace(account.queue.settings, max_in_flight=2)
    account.send(*"abc")
    account.receive(2)
    assert error_code(account.receive) == "OverLimit"


# --- the queue as a whole ------------------------------------------------------------------------


def test_attributes_of_the_queue(account: Account) -> None:
    """Its settings, and how many messages are visible, in flight and delayed."""
    account.send("a", "b")
    account.receive(1)
    account.client.send_message(QueueUrl=account.url, MessageBody="c", DelaySeconds=1)
    response = account.client.get_queue_attributes(QueueUrl=account.url, AttributeNames=["All"])
    assert response["Attributes"] == {
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "ApproximateNumberOfMessagesDelayed": "1",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:queue",
        "VisibilityTimeout": "30",
    }


def test_purged_queue_is_empty(account: Account) -> None:
    """Messages in flight are deleted as well."""
    account.send("a", "b")
    account.receive(1)
    account.client.purge_queue(QueueUrl=account.url)
    assert account.queue.messages() == []


def test_queue_is_created_and_found(account: Account) -> None:
    """By its name; another one with the name but other attributes is an error."""
    created = account.client.create_queue(QueueName="new", Attributes={"VisibilityTimeout": "7"})
    url = account.client.get_queue_url(QueueName="new")
    assert (url["QueueUrl"], account.sqs.queues["new"].settings.visibility) == (
        created["QueueUrl"],
        7,
    )
    assert error_code(account.client.create_queue, QueueName="new") == "QueueAlreadyExists"


def test_unknown_queue(account: Account) -> None:
    """It has the code of the older protocol."""
    request: Any = {"QueueUrl": account.url + "x", "MessageBody": "b"}
    unknown = "AWS.SimpleQueueService.NonExistentQueue"
    assert error_code(account.client.send_message, **request) == unknown


def test_unknown_action(account: Account) -> None:
    """An action that is not supported here is an error."""
    unsupported = "AWS.SimpleQueueService.UnsupportedOperation"
    assert error_code(account.client.list_queue_tags, QueueUrl=account.url) == unsupported


# --- faults --------------------------------------------------------------------------------------


def test_failed_call_does_nothing(account: Account) -> None:
    """The call after it succeeds."""
    account.sqs.fault("error", "SendMessage")
    code = error_code(account.send, "a")
    account.send("b")
    assert (code, account.bodies()) == ("ServiceUnavailable", ["b"])


def test_fault_is_for_one_queue(account: Account) -> None:
    """Calls to the other queues succeed."""
    account.sqs.fault("error", "SendMessage", queue="dead")
    account.send("a")
    assert account.bodies() == ["a"]


def test_call_with_a_lost_response_is_done(account: Account) -> None:
    """The client sees an error."""
    account.sqs.fault("lost", "SendMessage")
    with pytest.raises(ConnectionClosedError):
        account.send("a")
    assert account.bodies() == ["a"]


def test_client_that_repeats_a_lost_call_sends_twice(account: Account) -> None:
    """As boto3 does by default."""
    account.sqs.fault("lost", "SendMessage")
    boto3.client("sqs", endpoint_url=account.sqs.url).send_message(
        QueueUrl=account.url, MessageBody="a"
    )
    assert account.bodies() == ["a", "a"]


def test_half_of_a_batch_fails(account: Account) -> None:
    """With a server error, so that it may be sent again."""
    account.sqs.fault("half", "SendMessageBatch")
    response = account.send_batch(*({"MessageBody": body} for body in "abcd"))
    failed = [(entry["Id"], entry["SenderFault"]) for entry in response["Failed"]]
    assert (failed, account.bodies()) == ([("1", False), ("3", False)], ["a", "c"])
