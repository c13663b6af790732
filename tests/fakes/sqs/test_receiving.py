"""Receiving from the SQS of these tests: hidden, shown again, deleted, by AWS's rules."""

from typing import Any

import pytest

from tests.fakes.sqs.account import Account, error_code


def test_received_message_is_hidden_for_its_time(account: Account) -> None:
    """It comes back when the visibility timeout is over, and is counted."""
    account.send("once")
    account.receive()
    account.clock.advance(29)
    hidden = account.receive()
    account.clock.advance(1)
    (again,) = account.receive(MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert (hidden, again["Attributes"]) == ([], {"ApproximateReceiveCount": "2"})


def test_receive_can_say_how_long_it_hides(account: Account) -> None:
    """Instead of the queue's own timeout."""
    account.send("once")
    account.receive(VisibilityTimeout=2)
    account.clock.advance(2)
    assert account.bodies() == ["once"]


@pytest.mark.parametrize("most", [0, 11])
def test_receive_has_a_limit(account: Account, most: int) -> None:
    """One to ten at a time."""
    assert error_code(account.receive, most) == "InvalidParameterValue"


def test_deleted_message_is_gone(account: Account) -> None:
    """And to delete it again is no error."""
    account.send("once")
    (message,) = account.receive()
    account.delete(message)
    account.delete(message)
    account.clock.advance(31)
    assert account.bodies() == []


def test_late_deletion_still_works(account: Account) -> None:
    """As long as nobody has received it since."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(31)
    account.delete(message)
    assert account.bodies() == []


def test_handle_of_an_earlier_receive_deletes_nothing(account: Account) -> None:
    """The deletion is answered with success all the same."""
    account.send("once")
    (first,) = account.receive()
    account.clock.advance(30)
    account.receive()
    account.delete(first)
    account.clock.advance(30)
    assert account.bodies() == ["once"]


def test_handle_that_nobody_gave_out_is_refused(account: Account) -> None:
    """A handle is not a message id."""
    assert error_code(account.delete, {"ReceiptHandle": "x"}) == "ReceiptHandleIsInvalid"


def test_visibility_counts_from_now(account: Account) -> None:
    """Not from the receive."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(20)
    account.change_visibility(message, 100)
    account.clock.advance(99)
    hidden = account.bodies()
    account.clock.advance(1)
    assert (hidden, account.bodies()) == ([], ["once"])


def test_visibility_of_zero_shows_the_message_at_once(account: Account) -> None:
    """For whoever wants to give it back."""
    account.send("once")
    (message,) = account.receive()
    account.change_visibility(message, 0)
    assert account.bodies() == ["once"]


@pytest.mark.parametrize("seconds", [-1, 43_201])
def test_visibility_has_limits(account: Account, seconds: int) -> None:
    """Up to twelve hours."""
    account.send("once")
    (message,) = account.receive()
    assert error_code(account.change_visibility, message, seconds) == "InvalidParameterValue"


def test_visibility_has_a_limit_in_all(account: Account) -> None:
    """Twelve hours since the message was received."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(1)
    assert error_code(account.change_visibility, message, 43_200) == "InvalidParameterValue"


NOT_IN_FLIGHT = "AWS.SimpleQueueService.MessageNotInflight"


def test_visibility_of_a_message_that_is_shown_again_cannot_change(account: Account) -> None:
    """It is not in flight any more."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(30)
    assert error_code(account.change_visibility, message, 60) == NOT_IN_FLIGHT


def test_visibility_cannot_change_by_the_handle_of_an_earlier_receive(account: Account) -> None:
    """Somebody else has the message now."""
    account.send("once")
    (message,) = account.receive()
    account.clock.advance(30)
    account.receive()
    assert error_code(account.change_visibility, message, 60) == NOT_IN_FLIGHT


def test_visibilities_change_in_a_batch(account: Account) -> None:
    """Each entry for itself."""
    account.send("one", "two")
    one, two = account.receive()
    account.delete(two)
    entries: Any = [
        {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
        for i, message in enumerate((one, two))
    ]
    answer = account.client.change_message_visibility_batch(QueueUrl=account.url, Entries=entries)
    told = [one["Id"] for one in answer["Successful"]], [one["Code"] for one in answer["Failed"]]
    assert (told, account.bodies()) == ((["0"], ["MessageNotInflight"]), ["one"])


def test_deletion_in_a_batch(account: Account) -> None:
    """Up to ten at once."""
    account.send("one", "two")
    entries: Any = [
        {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]}
        for i, message in enumerate(account.receive())
    ]
    account.client.delete_message_batch(QueueUrl=account.url, Entries=entries)
    account.clock.advance(31)
    assert account.bodies() == []
