"""The stack's queues, as far as an operator handles them: SQS stops here."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from rudder_mixpanel.aws.sqs import ENTRIES, batch_entry
from rudder_mixpanel_cli.failures import Failed, Unusable
from rudder_mixpanel_cli.queues.held import TOLD, Held

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

AWS_ERRORS: Final = (BotoCoreError, ClientError)
# Seconds that what was received stays out of sight, if nobody puts it back before: long enough to
# receive as many as SQS keeps out of sight (120,000), so that an end is always reached.
OUT_OF_SIGHT: Final = 900
# Seconds to wait for a message. With none to wait, SQS asks only some of its servers, and may say
# that there is nothing.
PATIENCE: Final = 1


@dataclass(frozen=True, slots=True)
class About:
    """What a queue says of itself; its numbers are approximate."""

    waiting: int
    out_of_sight: int
    largest: int


class Queue:
    """One of the stack's queues."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self.sqs = sqs
        self.url = url

    def about(self) -> About:
        """Ask it about itself."""
        told = self.sqs.get_queue_attributes(
            QueueUrl=self.url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "MaximumMessageSize",
            ],
        )["Attributes"]
        return About(
            waiting=int(told["ApproximateNumberOfMessages"]),
            out_of_sight=int(told["ApproximateNumberOfMessagesNotVisible"]),
            largest=int(told["MaximumMessageSize"]),
        )

    def receive(self) -> list[Held]:
        """Some messages, now out of sight; none when none is left in sight."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=ENTRIES,
            VisibilityTimeout=OUT_OF_SIGHT,
            WaitTimeSeconds=PATIENCE,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=list(TOLD),
        )
        return [Held.of(message) for message in answer.get("Messages", [])]

    def put_back(self, receipts: Iterable[str]) -> None:
        """Let everybody see them again; one that SQS does not put back comes back by itself."""
        for some in batched(receipts, ENTRIES, strict=False):
            self.sqs.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for place, receipt in enumerate(some)
                ],
            )

    def delete(self, receipts: Mapping[str, str]) -> list[str]:
        """Delete messages, by id and receipt; the ids of those that certainly are deleted."""
        deleted: list[str] = []
        for some in batched(receipts.items(), ENTRIES, strict=False):
            answer = self.sqs.delete_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": receipt}
                    for place, (_, receipt) in enumerate(some)
                ],
            )
            deleted += (some[int(one["Id"])][0] for one in answer.get("Successful", []))
        return deleted

    def send(self, messages: list[Held]) -> dict[str, str]:
        """Send messages that fit one call; for each that the queue did not take, by id, why."""
        entries = [batch_entry(place, held.again) for place, held in enumerate(messages)]
        answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        refused = {held.id: "SQS does not say whether it took it" for held in messages}
        for failed in answer.get("Failed", []):
            refused[messages[int(failed["Id"])].id] = failed.get("Message") or failed["Code"]
        for taken in answer.get("Successful", []):
            del refused[messages[int(taken["Id"])].id]
        return refused


def outputs_of(stack: str) -> dict[str, str]:
    """What a stack says about itself; raises Unusable when there is no such stack."""
    cloudformation = boto3.client("cloudformation")
    try:
        stacks = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        region = cloudformation.meta.region_name
        raise Unusable(f"--stack: there is no stack {stack} in {region}") from None
    return {one["OutputKey"]: one["OutputValue"] for one in stacks[0].get("Outputs", [])}


@contextmanager
def in_words() -> Iterator[None]:
    """Raise Failed with what AWS, or the lack of it, means for a person."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError):
        raise Failed("no AWS credentials; log in, or set AWS_PROFILE") from None
    except NoRegionError:
        raise Failed("no AWS region; set AWS_DEFAULT_REGION, or AWS_PROFILE") from None
    except ClientError as error:
        told = error.response["Error"]
        raise Failed(f"AWS refuses {error.operation_name}: {told['Message']}") from None
    except BotoCoreError as error:
        raise Failed(f"AWS cannot be asked: {error}") from None
