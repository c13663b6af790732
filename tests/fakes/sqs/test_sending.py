"""The fake SQS accepts the messages that AWS accepts, and no others."""

from typing import Any

import pytest

from tests.fakes.sqs.account import Account, error_code
from tests.fakes.sqs.messages import MEBIBYTE


def test_message_is_received_as_it_was_sent(account: Account) -> None:
    """With its attributes, those that SQS sets, and the digests that clients compute."""
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


def test_only_requested_attributes_are_returned(account: Account) -> None:
    """By name or by prefix."""
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
def test_invalid_body_is_rejected(account: Account, body: str, code: str) -> None:
    """The queue stays empty."""
    assert (error_code(account.send, body), account.bodies()) == (code, [])


def test_longest_body_is_accepted(account: Account) -> None:
    """It has exactly one mebibyte."""
    account.send("x" * MEBIBYTE)
    assert [len(body) for body in account.bodies()] == [MEBIBYTE]


def string(value: str) -> dict[str, str]:
    """An attribute with this text."""
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
        "not a number",
        "wrong value",
        "reserved name",
        "two dots",
        "space",
        "long name",
        "eleven",
        "too long with the body",
    ],
)
def test_invalid_attributes_are_rejected(account: Account, attributes: Any, code: str) -> None:
    """A wrong name, type or value, or too many or too large ones."""
    request = {"QueueUrl": account.url, "MessageBody": "b", "MessageAttributes": attributes}
    assert error_code(account.client.send_message, **request) == code


def test_delayed_message_is_hidden(account: Account) -> None:
    """It is visible when its delay is over."""
    account.client.send_message(QueueUrl=account.url, MessageBody="later", DelaySeconds=900)
    account.clock.advance(899)
    early = account.bodies()
    account.clock.advance(1)
    assert (early, account.bodies()) == ([], ["later"])


def test_delay_has_a_limit(account: Account) -> None:
    """It is at most 15 minutes."""
    request: Any = {"QueueUrl": account.url, "MessageBody": "b", "DelaySeconds": 901}
    assert error_code(account.client.send_message, **request) == "InvalidParameterValue"


# --- batches -------------------------------------------------------------------------------------


def test_batch_has_a_result_for_each_entry(account: Account) -> None:
    """An invalid entry does not affect the others."""
    response = account.send_batch({"MessageBody": "good"}, {"MessageBody": "\0"})
    (failed,) = response["Failed"]
    successful = [entry["Id"] for entry in response["Successful"]]
    assert (successful, failed["Id"], failed["Code"]) == (["0"], "1", "InvalidMessageContents")
    assert (failed["SenderFault"], account.bodies()) == (True, ["good"])


def test_batch_without_failures_has_no_list_of_failures(account: Account) -> None:
    """AWS leaves it out, so clients must not rely on it."""
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
    ids=["empty", "eleven", "same id", "space", "too long"],
)
def test_invalid_batch_is_rejected(account: Account, entries: Any, code: str) -> None:
    """The whole batch fails, with the code of the older protocol."""
    failure = error_code(account.send_batch, *entries)
    assert (failure, account.bodies()) == (f"AWS.SimpleQueueService.{code}", [])
