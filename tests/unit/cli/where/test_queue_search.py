"""Looking for events in queues: what is read, what is not, and what is left behind."""

import os
import signal
import time
from typing import Any

import pytest

from rudder_mixpanel_cli.where.queue_search import search_queues
from rudder_mixpanel_cli.where.searched_id import SearchedId
from rudder_mixpanel_cli.where.stored import Coverage, QueueFindings
from tests.fakes.clock import Clock
from tests.fakes.deployed_stack import stack_in_memory
from tests.fakes.logs.client import LogGroup
from tests.fakes.sqs.account import START
from tests.fakes.sqs.client import QueuesClient
from tests.fakes.sqs.queue import Queue

ID = "m-1"
BODY = '{"type":"track","messageId":"m-1"}'
OTHER = '{"type":"track","messageId":"m-2"}'


@pytest.fixture
def queue() -> Queue:
    """An empty queue of dead letters."""
    return Queue("dead", Clock(START))


def search(*queues: Queue, client: Any = None) -> QueueFindings:
    """Search queues for the event."""
    stack = stack_in_memory("prod", LogGroup(), *queues)
    if client is not None:
        stack.clients["sqs"] = client
    return search_queues(stack, [SearchedId.of(ID)], lambda _name, _count: None)[ID]


def test_message_is_found_by_its_first_record() -> None:
    """By the id that the log has; the message in the queue has another one."""
    rejected = Queue("rejected", Clock(START))
    first = {"DataType": "String", "StringValue": ID}
    message = rejected.send(OTHER, {"firstRecordId": first})
    found = search(rejected).rejected
    assert found is not None
    assert found.id == message.id


def test_messages_of_another_reader_are_not_read(queue: Queue) -> None:
    """They are counted."""
    queue.send(BODY)
    queue.send(OTHER)
    queue.receive(1, 600)
    assert search(queue).dead_coverage == Coverage(read=1, visible=1, hidden=1)


def test_no_more_than_some_seconds_are_read(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is counted."""
    monkeypatch.setattr("rudder_mixpanel_cli.where.queue_search.MOST_MESSAGES", 10)
    for _ in range(10):
        queue.send(OTHER)
    queue.send(BODY)
    found = search(queue)
    assert (found.dead, found.dead_coverage) == (None, Coverage(read=10, visible=11))


class LateClient(QueuesClient):
    """SQS, whose counts are late."""

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:
        """No message."""
        attributes = super().get_queue_attributes(**request)["Attributes"]
        return {"Attributes": attributes | {"ApproximateNumberOfMessages": "0"}}


def test_queue_is_read_although_its_count_is_zero(queue: Queue) -> None:
    """The count is approximate, and late."""
    queue.send(BODY)
    assert search(queue, client=LateClient(dead=queue)).dead is not None


class InterruptedClient(QueuesClient):
    """SQS, while somebody presses Ctrl-C again and again."""

    def receive_message(self, *, QueueUrl: str, **request: Any) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Messages of the dead-letter queue; Ctrl-C while the rejected queue is read."""
        if QueueUrl == "rejected":
            raise KeyboardInterrupt
        return super().receive_message(QueueUrl=QueueUrl, **request)

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        """Make messages visible, after another Ctrl-C."""
        os.kill(os.getpid(), signal.SIGINT)
        # Time to leave before the messages are visible, if Ctrl-C is not ignored.
        time.sleep(0.05)
        return super().change_message_visibility_batch(**request)


def test_ctrl_c_stops_all_reading(queue: Queue) -> None:
    """What was received is visible again."""
    messages = [queue.send(OTHER) for _ in range(3000)]
    rejected = Queue("rejected", queue.clock)
    with pytest.raises(KeyboardInterrupt):
        search(rejected, queue, client=InterruptedClient(rejected=rejected, dead=queue))
    received = sum(message.receives for message in messages)
    assert (queue.visible, received < len(messages)) == (len(messages), True)
