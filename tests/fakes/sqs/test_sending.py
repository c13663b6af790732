"""Sending to the SQS of these tests: it takes what AWS's takes, and refuses what it refuses."""

from typing import Any

import pytest

from tests.fakes.sqs.account import Account, error_code
from tests.fakes.sqs.messages import MEBIBYTE


def test_message_comes_out_as_it_went_in(account: Account) -> None:
    """Body, attributes, and what SQS knows itself; digests are those that clients compute."""
    attributes: Any = {
        "code": {"DataType": "String", "StringValue": "ü"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\0\1"},
    }
    sent = account.client.send_message(
        QueueUrl=account.url, MessageBody="hello", MessageAttributes=attributes
    )
    account.clock.advance(5)
    (message,) = account.receive(MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])
    assert (message["MessageId"], message["Body"], message["MessageAttributes"]) == (
        sent["MessageId"],
        "hello",
        attributes,
    )
    assert message["Attributes"] == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1798761600000",
        "ApproximateFirstReceiveTimestamp": "1798761605000",
        "SenderId": "AIDATESTING",
    }
    digests = (message["MD5OfBody"], message["MD5OfMessageAttributes"])
    assert digests == (sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"])


def test_attributes_come_only_when_asked_for(account: Account) -> None:
    """By name or by the beginning of the name."""
    text: Any = {"DataType": "String", "StringValue": "x"}
    account.client.send_message(
        QueueUrl=account.url, MessageBody="b", MessageAttributes={"a.b": text, "c": text}
    )
    (message,) = account.receive(
        MessageAttributeNames=["a.*"], MessageSystemAttributeNames=["SentTimestamp"]
    )
    assert (set(message["MessageAttributes"]), set(message["Attributes"])) == (
        {"a.b"},
        {"SentTimestamp"},
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("bell \x07", "InvalidMessageContents"),
        ("no character \uffff", "InvalidMessageContents"),
        ("x" * (MEBIBYTE + 1), "InvalidParameterValue"),
        ("", "MissingParameter"),
    ],
    ids=["control", "noncharacter", "too long", "empty"],
)
def test_body_that_sqs_refuses(account: Account, body: str, code: str) -> None:
    """Nothing of it is in the queue."""
    assert (error_code(account.send, body), account.bodies()) == (code, [])


def test_longest_body_is_taken(account: Account) -> None:
    """One mebibyte to the byte."""
    account.send("x" * MEBIBYTE)
    assert [len(body) for body in account.bodies()] == [MEBIBYTE]


def string(value: str) -> dict[str, str]:
    """A text as an attribute."""
    return {"DataType": "String", "StringValue": value}


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"a": string("")}, "InvalidParameterValue"),
        ({"a": string("\0")}, "InvalidMessageContents"),
        ({"a": {"DataType": "Text", "StringValue": "x"}}, "InvalidParameterValue"),
        ({"a": {"DataType": "Number", "StringValue": "x"}}, "InvalidParameterValue"),
        ({"a": {"DataType": "Binary", "StringValue": "x"}}, "InvalidParameterValue"),
        ({"AWS.a": string("x")}, "InvalidParameterValue"),
        ({"a..b": string("x")}, "InvalidParameterValue"),
        ({"a b": string("x")}, "InvalidParameterValue"),
        ({"a" * 257: string("x")}, "InvalidParameterValue"),
        ({f"a{i}": string("x") for i in range(11)}, "InvalidParameterValue"),
        ({"a": string("x" * MEBIBYTE)}, "InvalidParameterValue"),
    ],
    ids=[
        "empty",
        "control",
        "unknown type",
        "no number",
        "wrong value",
        "reserved name",
        "two dots",
        "space",
        "long name",
        "eleven",
        "too long with the body",
    ],
)
def test_attributes_that_sqs_refuses(account: Account, attributes: Any, code: str) -> None:
    """A wrong name, type or value; or too many, or too much."""
    request = {"QueueUrl": account.url, "MessageBody": "b", "MessageAttributes": attributes}
    assert error_code(account.client.send_message, **request) == code


def test_delayed_message_waits(account: Account) -> None:
    """It can be received when its delay is over, and no earlier."""
    account.client.send_message(QueueUrl=account.url, MessageBody="later", DelaySeconds=900)
    account.clock.advance(899)
    early = account.bodies()
    account.clock.advance(1)
    assert (early, account.bodies()) == ([], ["later"])


def test_delay_has_a_limit(account: Account) -> None:
    """A quarter of an hour."""
    request: Any = {"QueueUrl": account.url, "MessageBody": "b", "DelaySeconds": 901}
    assert error_code(account.client.send_message, **request) == "InvalidParameterValue"


# --- batches -------------------------------------------------------------------------------------


def test_batch_answers_for_each_entry(account: Account) -> None:
    """One entry that is refused leaves the others alone."""
    answer = account.send_batch({"MessageBody": "good"}, {"MessageBody": "\0"})
    (failed,) = answer["Failed"]
    told = ([one["Id"] for one in answer["Successful"]], failed["Id"], failed["Code"])
    assert told == (["0"], "1", "InvalidMessageContents")
    assert (failed["SenderFault"], account.bodies()) == (True, ["good"])


def test_batch_without_failures_has_no_list_of_them(account: Account) -> None:
    """As AWS leaves it out, so that a client that insists on it is found."""
    assert account.send_batch({"MessageBody": "good"}).keys() == {"Successful"}


BODY = {"MessageBody": "b"}


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([BODY] * 11, "TooManyEntriesInBatchRequest"),
        ([{"Id": "a"} | BODY] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b"} | BODY], "InvalidBatchEntryId"),
        ([{"MessageBody": "x" * (MEBIBYTE // 2)}] * 2 + [BODY], "BatchRequestTooLong"),
    ],
    ids=["empty", "eleven", "twice", "space", "too long"],
)
def test_batch_that_sqs_refuses(account: Account, entries: Any, code: str) -> None:
    """As a whole, under the code that clients know."""
    refused = error_code(account.send_batch, *entries)
    assert (refused, account.bodies()) == (f"AWS.SimpleQueueService.{code}", [])
