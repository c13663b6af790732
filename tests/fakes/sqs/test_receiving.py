"""The fake SQS hides, shows and deletes messages by the rules of AWS."""

from typing import Any

import pytest

from tests.fakes.sqs.account import Account, error_code


def test_received_message_is_hidden_for_the_visibility_timeout(account: Account) -> None:
    """Then it is visible again, with a higher receive count."""
    account.send("once")
    account.receive()
    account.clock.advance(29)
    hidden = account.receive()
    account.clock.advance(1)
    (again,) = account.receive(MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert (hidden, again["Attributes"]) == ([], {"ApproximateReceiveCount": "2"})


def test_receive_can_set_the_visibility_timeout(account: Account) -> None:
    """It replaces the timeout of the queue."""
    account.send("once")
    account.receive(VisibilityTimeout=2)
    account.clock.advance(2)
    assert account.bodies() == ["once"]


@pytest.mark.parametrize("limit", [0, 11])
def test_receive_has_a_limit(account: Account, limit: int) -> None:
    """One to ten messages at a time."""
    assert error_code(account.receive, limit) == "InvalidParameterValue"


def test_deleted_message_is_gone(account: Account) -> None:
    """To delete it again is not an error."""
    account.send("once")
    (message,) = account.receive()
    account.delete(message)
    account.delete(message)
    account.clock.advance(31)
    assert account.bodies() == []


def test_late_deletion_still_works(account: Account) -> None:
    """As long as the message was not received again."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(31)
    account.delete(message)
    assert account.bodies() == []


def test_outdated_handle_deletes_nothing(account: Account) -> None:
    """The response is success all the same."""
    account.send("once")
    (first,) = account.receive()
    account.clock.advance(30)
    account.receive()
    account.delete(first)
    account.clock.advance(30)
    assert account.bodies() == ["once"]


def test_invalid_handle_is_an_error(account: Account) -> None:
    """A receipt handle is not a message id."""
    assert error_code(account.delete, {"ReceiptHandle": "x"}) == "ReceiptHandleIsInvalid"


def test_visibility_timeout_starts_at_its_change(account: Account) -> None:
    """Not at the receive."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(20)
    account.change_visibility(message, 100)
    account.clock.advance(99)
    hidden = account.bodies()
    account.clock.advance(1)
    assert (hidden, account.bodies()) == ([], ["once"])


def test_visibility_timeout_of_zero_makes_a_message_visible(account: Account) -> None:
    """To release a message at once."""
    account.send("once")
    (message,) = account.receive()
    account.change_visibility(message, 0)
    assert account.bodies() == ["once"]


@pytest.mark.parametrize("seconds", [-1, 43_201])
def test_visibility_timeout_has_limits(account: Account, seconds: int) -> None:
    """It is at most twelve hours."""
    account.send("once")
    (message,) = account.receive()
    assert error_code(account.change_visibility, message, seconds) == "InvalidParameterValue"


def test_total_visibility_timeout_has_a_limit(account: Account) -> None:
    """It is at most twelve hours since the receive."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(1)
    assert error_code(account.change_visibility, message, 43_200) == "InvalidParameterValue"


NOT_IN_FLIGHT = "AWS.SimpleQueueService.MessageNotInflight"


def test_visibility_timeout_of_a_visible_message_cannot_change(account: Account) -> None:
    """The message is not in flight any more."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(30)
    assert error_code(account.change_visibility, message, 60) == NOT_IN_FLIGHT


def test_visibility_timeout_cannot_change_by_an_outdated_handle(account: Account) -> None:
    """Another receiver has the message now."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(30)
    account.receive()
    assert error_code(account.change_visibility, message, 60) == NOT_IN_FLIGHT


def test_visibility_timeouts_change_in_a_batch(account: Account) -> None:
    """One entry fails, the other succeeds."""
    account.send("one", "two")
    first, second = account.receive()
    account.delete(second)
    entries: Any = [
        {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
        for i, message in enumerate((first, second))
    ]
    response = account.client.change_message_visibility_batch(QueueUrl=account.url, Entries=entries)
    successful = [entry["Id"] for entry in response["Successful"]]
    failed = [entry["Code"] for entry in response["Failed"]]
    assert (successful, failed, account.bodies()) == (["0"], ["MessageNotInflight"], ["one"])


def test_messages_are_deleted_in_a_batch(account: Account) -> None:
    """Up to ten messages in one call."""
    account.send("one", "two")
    entries: Any = [
        {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]}
        for i, message in enumerate(account.receive())
    ]
    account.client.delete_message_batch(QueueUrl=account.url, Entries=entries)
    account.clock.advance(31)
    assert account.bodies() == []
