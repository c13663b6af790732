"""SQS in memory, which fails as it is told to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError, ReadTimeoutError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Fault(Enum):
    """What may happen to a call."""

    NONE = auto()
    REFUSED = auto()  # nothing is done
    NO_ANSWER = auto()  # all is done, and nobody hears of it
    PARTLY = auto()  # every other entry is refused
    AGAIN = auto()  # before it, all that is out of sight comes back
    FORGOTTEN = auto()  # what is deleted is said to be, and comes again
    KILLED = auto()  # all is done, and nothing runs any more


class Killed(BaseException):
    """The process is gone: not even what cleans up reaches SQS."""


@dataclass(slots=True)
class Entry:
    """A message in a queue."""

    body: str
    attributes: dict[str, Any]
    sent: int
    hidden: bool = False


@dataclass(slots=True)
class FaultySqs:
    """The calls that the command makes; the faults befall one call after the other."""

    faults: Iterator[Fault] = field(default_factory=lambda: iter(()))
    queues: dict[str, dict[str, Entry]] = field(default_factory=dict)
    killed: bool = False
    made: int = 0

    @property
    def client(self) -> "SQSClient":
        """As what it stands in for."""
        return cast("SQSClient", self)

    def restart(self) -> None:
        """As after a while: everything is in sight, and nothing fails any more."""
        self.faults, self.killed = iter(()), False
        self.show_all()

    def show_all(self) -> None:
        """Time passes."""
        for queue in self.queues.values():
            for entry in queue.values():
                entry.hidden = False

    def put(self, url: str, body: str, sent: int = 0, **told: str) -> str:
        """Put a message in a queue."""
        self.made += 1
        attributes = {name: {"StringValue": text} for name, text in told.items()}
        self.queues.setdefault(url, {})[f"id-{self.made}"] = Entry(body, attributes, sent)
        return f"id-{self.made}"

    def bodies(self, url: str) -> list[str]:
        """What a queue holds, in sight or not."""
        return sorted(entry.body for entry in self.queues.get(url, {}).values())

    def receive_message(self, **asked: Any) -> Any:
        """Hand out what is in sight."""
        fault = self.before()
        queue = self.queues.get(asked["QueueUrl"], {})
        chosen = [(name, one) for name, one in queue.items() if not one.hidden]
        chosen = chosen[: asked["MaxNumberOfMessages"]]
        for _, one in chosen:
            one.hidden = True
        self.after(fault)
        return {
            "Messages": [
                {
                    "MessageId": name,
                    "ReceiptHandle": name,
                    "Body": one.body,
                    "MessageAttributes": one.attributes,
                    "Attributes": {"SentTimestamp": str(one.sent)},
                }
                for name, one in chosen
            ]
        }

    def send_message_batch(self, **asked: Any) -> Any:
        """Put messages in a queue."""
        fault = self.before()
        done, answer = split(asked["Entries"], fault)
        for entry in done:
            name = self.put(asked["QueueUrl"], entry["MessageBody"])
            self.queues[asked["QueueUrl"]][name].attributes = entry["MessageAttributes"]
        self.after(fault)
        return answer

    def delete_message_batch(self, **asked: Any) -> Any:
        """Delete messages; those that are gone already are gone."""
        fault = self.before()
        done, answer = split(asked["Entries"], fault)
        for entry in done if fault is not Fault.FORGOTTEN else ():
            self.queues[asked["QueueUrl"]].pop(entry["ReceiptHandle"], None)
        self.after(fault)
        return answer

    def change_message_visibility_batch(self, **asked: Any) -> Any:
        """Put messages back in sight."""
        fault = self.before()
        done, answer = split(asked["Entries"], fault)
        for entry in done:
            if held := self.queues[asked["QueueUrl"]].get(entry["ReceiptHandle"]):
                held.hidden = False
        self.after(fault)
        return answer

    def before(self) -> Fault:
        """What befalls this call."""
        if self.killed:
            raise Killed
        fault = next(self.faults, Fault.NONE)
        if fault is Fault.REFUSED:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Call")
        if fault is Fault.AGAIN:
            self.show_all()
        return fault

    def after(self, fault: Fault) -> None:
        """What befalls its answer."""
        if fault is Fault.NO_ANSWER:
            raise ReadTimeoutError(endpoint_url="http://sqs")
        if fault is Fault.KILLED:
            self.killed = True
            raise Killed


def split(entries: Iterable[Any], fault: Fault) -> tuple[list[Any], dict[str, Any]]:
    """The entries that are done, and the answer."""
    refused = [one for one in entries if fault is Fault.PARTLY and int(one["Id"]) % 2]
    done = [one for one in entries if one not in refused]
    return done, {
        "Successful": [{"Id": one["Id"]} for one in done],
        "Failed": [{"Id": one["Id"], "Code": "InternalError"} for one in refused],
    }
