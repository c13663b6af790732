"""SQS in memory, with faults."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError, ReadTimeoutError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Fault(Enum):
    """What can go wrong with a call."""

    NONE = auto()
    REJECTED = auto()  # nothing is done
    NO_RESPONSE = auto()  # everything is done, and the response is lost
    PARTIAL = auto()  # every second entry fails
    TIMEOUT_EXPIRED = auto()  # all hidden messages become visible before the call
    DELETE_FORGOTTEN = auto()  # a deletion is confirmed, and the message is received again
    KILLED = auto()  # everything is done, and the process ends


class Killed(BaseException):
    """The process is gone: its cleanup does not reach SQS either."""


@dataclass(slots=True)
class Entry:
    """A message in a queue."""

    body: str
    attributes: dict[str, Any]
    sent: int
    hidden: bool = False


@dataclass(slots=True)
class FaultySqs:
    """The calls that the commands make; each call takes the next of the faults."""

    faults: Iterator[Fault] = field(default_factory=lambda: iter(()))
    queues: dict[str, dict[str, Entry]] = field(default_factory=dict)
    killed: bool = False
    count: int = 0

    @property
    def client(self) -> "SQSClient":
        """This object, typed as the client that it replaces."""
        return cast("SQSClient", self)

    def restart(self) -> None:
        """Make all messages visible, and end the faults."""
        self.faults, self.killed = iter(()), False
        self.show_all()

    def show_all(self) -> None:
        """Make all messages visible."""
        for queue in self.queues.values():
            for entry in queue.values():
                entry.hidden = False

    def put(self, url: str, body: str, sent: int = 0, **attributes: str) -> str:
        """Put a message in a queue, and return its id."""
        self.count += 1
        values = {name: {"StringValue": text} for name, text in attributes.items()}
        self.queues.setdefault(url, {})[f"id-{self.count}"] = Entry(body, values, sent)
        return f"id-{self.count}"

    def bodies(self, url: str) -> list[str]:
        """The bodies of a queue's messages, visible or not."""
        return sorted(entry.body for entry in self.queues.get(url, {}).values())

    def receive_message(self, **request: Any) -> Any:
        """Return and hide visible messages."""
        fault = self.before()
        queue = self.queues.get(request["QueueUrl"], {})
        visible = [(name, entry) for name, entry in queue.items() if not entry.hidden]
        received = visible[: request["MaxNumberOfMessages"]]
        for _, entry in received:
            entry.hidden = True
        self.after(fault)
        return {
            "Messages": [
                {
                    "MessageId": name,
                    "ReceiptHandle": name,
                    "Body": entry.body,
                    "MessageAttributes": entry.attributes,
                    "Attributes": {"SentTimestamp": str(entry.sent)},
                }
                for name, entry in received
            ]
        }

    def send_message_batch(self, **request: Any) -> Any:
        """Put messages in a queue."""
        fault = self.before()
        done, response = split(request["Entries"], fault)
        for entry in done:
            name = self.put(request["QueueUrl"], entry["MessageBody"])
            self.queues[request["QueueUrl"]][name].attributes = entry["MessageAttributes"]
        self.after(fault)
        return response

    def delete_message_batch(self, **request: Any) -> Any:
        """Delete messages; deleting one twice is not an error."""
        fault = self.before()
        done, response = split(request["Entries"], fault)
        for entry in done if fault is not Fault.DELETE_FORGOTTEN else ():
            self.queues[request["QueueUrl"]].pop(entry["ReceiptHandle"], None)
        self.after(fault)
        return response

    def change_message_visibility_batch(self, **request: Any) -> Any:
        """Make messages visible."""
        fault = self.before()
        done, response = split(request["Entries"], fault)
        for entry in done:
            if message := self.queues[request["QueueUrl"]].get(entry["ReceiptHandle"]):
                message.hidden = False
        self.after(fault)
        return response

    def before(self) -> Fault:
        """Take the fault of a call, and raise what prevents the call."""
        if self.killed:
            raise Killed
        fault = next(self.faults, Fault.NONE)
        if fault is Fault.REJECTED:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Call")
        if fault is Fault.TIMEOUT_EXPIRED:
            self.show_all()
        return fault

    def after(self, fault: Fault) -> None:
        """Raise what prevents the response of a call."""
        if fault is Fault.NO_RESPONSE:
            raise ReadTimeoutError(endpoint_url="http://sqs")
        if fault is Fault.KILLED:
            self.killed = True
            raise Killed


def split(entries: Iterable[Any], fault: Fault) -> tuple[list[Any], dict[str, Any]]:
    """The entries that succeed, and the response."""
    failed = [entry for entry in entries if fault is Fault.PARTIAL and int(entry["Id"]) % 2]
    done = [entry for entry in entries if entry not in failed]
    return done, {
        "Successful": [{"Id": entry["Id"]} for entry in done],
        "Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in failed],
    }
