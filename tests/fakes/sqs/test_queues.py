"""What a queue of these tests does by itself, shows of itself, and fails at when asked to."""

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError

from tests.fakes.sqs.account import Account, error_code
from tests.fakes.sqs.server import SqsServer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def test_message_goes_to_the_dead_letters_instead_of_one_receive_too_many(
    account: Account,
) -> None:
    """With the id and the time that it always had."""
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


def test_retention_deletes_in_silence(sqs_server: SqsServer, client: "SQSClient") -> None:
    """Whoever looks at the queue object can tell; clients cannot."""
    account = Account(sqs_server, client, retention=60)
    account.send("old")
    account.clock.advance(60)
    assert (account.bodies(), [one.body for one in account.queue.expired]) == ([], ["old"])


def test_queue_of_a_seed_may_bring_messages_twice(
    sqs_server: SqsServer, client: "SQSClient"
) -> None:
    """Within the visibility timeout, and after the deletion; a standard queue promises no more."""
    account = Account(sqs_server, client, duplicates=0.5, seed=1)
    account.send(*"abcdefghij")
    bodies: list[str] = []
    while found := account.receive():
        bodies += [message["Body"] for message in found]
        for message in found:
            account.delete(message)
    assert (set(bodies), len(bodies) > len(set(bodies))) == (set("abcdefghij"), True)


def test_queue_of_a_seed_may_mix_messages(sqs_server: SqsServer, client: "SQSClient") -> None:
    """The same seed mixes them in the same way."""
    orders = []
    for _ in range(2):
        account = Account(sqs_server, client, shuffled=True, seed=1)
        account.send(*"abcdefghij")
        orders.append(account.bodies())
    assert (orders[0], sorted(orders[0])) == (orders[1], list("abcdefghij"))
    assert orders[0] != sorted(orders[0])


def test_order_is_kept_unless_asked_otherwise(account: Account) -> None:
    """So that a test reads as it runs."""
    account.send(*"abc")
    assert account.bodies() == ["a", "b", "c"]


def test_settled_message_can_be_brought_back(account: Account) -> None:
    """With its old id, and one receive more."""
    account.send("once")
    (message,) = account.receive()
    account.delete(message)
    account.queue.redeliver(message["MessageId"])
    (again,) = account.receive(MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert (again["MessageId"], again["Attributes"]["ApproximateReceiveCount"]) == (
        message["MessageId"],
        "2",
    )


def test_too_many_in_flight(monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    """A standard queue stops at 120,000; here two stand for them."""
    monkeypatch.setattr("tests.fakes.sqs.queue.MAX_IN_FLIGHT", 2)
    account.send(*"abc")
    account.receive(2)
    assert error_code(account.receive) == "OverLimit"


# --- the queue as a whole ------------------------------------------------------------------------


def test_attributes_of_the_queue(account: Account) -> None:
    """How many are visible, in flight and delayed."""
    account.send("a", "b")
    account.receive(1)
    account.client.send_message(QueueUrl=account.url, MessageBody="c", DelaySeconds=1)
    answer = account.client.get_queue_attributes(QueueUrl=account.url, AttributeNames=["All"])
    assert answer["Attributes"] == {
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "ApproximateNumberOfMessagesDelayed": "1",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:queue",
        "VisibilityTimeout": "30",
    }


def test_purged_queue_is_empty(account: Account) -> None:
    """What is in flight is gone, too."""
    account.send("a", "b")
    account.receive(1)
    account.client.purge_queue(QueueUrl=account.url)
    assert account.queue.messages() == []


def test_queue_is_created_and_found(account: Account) -> None:
    """By name, and once only with the same attributes."""
    made = account.client.create_queue(QueueName="new", Attributes={"VisibilityTimeout": "7"})
    found = account.client.get_queue_url(QueueName="new")
    assert (found["QueueUrl"], account.sqs.queues["new"].settings.visibility) == (
        made["QueueUrl"],
        7,
    )
    assert error_code(account.client.create_queue, QueueName="new") == "QueueAlreadyExists"


def test_unknown_queue(account: Account) -> None:
    """The code is the one that clients know."""
    request: Any = {"QueueUrl": account.url + "x", "MessageBody": "b"}
    nobody = "AWS.SimpleQueueService.NonExistentQueue"
    assert error_code(account.client.send_message, **request) == nobody


def test_unknown_action(account: Account) -> None:
    """What is not made here is refused, never answered."""
    unsupported = "AWS.SimpleQueueService.UnsupportedOperation"
    assert error_code(account.client.list_queue_tags, QueueUrl=account.url) == unsupported


# --- faults --------------------------------------------------------------------------------------


def test_refused_call_does_nothing(account: Account) -> None:
    """As often as planned."""
    account.sqs.fault("error", "SendMessage")
    refused = error_code(account.send, "a")
    account.send("b")
    assert (refused, account.bodies()) == ("ServiceUnavailable", ["b"])


def test_fault_of_another_queue_does_not_strike(account: Account) -> None:
    """A fault can be aimed."""
    account.sqs.fault("error", "SendMessage", queue="dead")
    account.send("a")
    assert account.bodies() == ["a"]


def test_lost_answer_leaves_the_call_done(account: Account) -> None:
    """The client cannot know."""
    account.sqs.fault("lost", "SendMessage")
    with pytest.raises(ConnectionClosedError):
        account.send("a")
    assert account.bodies() == ["a"]


def test_client_that_repeats_a_lost_call_sends_twice(account: Account) -> None:
    """Which is what the SDK does unless it is told otherwise."""
    account.sqs.fault("lost", "SendMessage")
    boto3.client("sqs", endpoint_url=account.sqs.url).send_message(
        QueueUrl=account.url, MessageBody="a"
    )
    assert account.bodies() == ["a", "a"]


def test_half_of_a_batch_is_refused(account: Account) -> None:
    """By the server's fault: it may be sent again."""
    account.sqs.fault("half", "SendMessageBatch")
    answer = account.send_batch(*({"MessageBody": body} for body in "abcd"))
    failed = [(one["Id"], one["SenderFault"]) for one in answer["Failed"]]
    assert (failed, account.bodies()) == ([("1", False), ("3", False)], ["a", "c"])
