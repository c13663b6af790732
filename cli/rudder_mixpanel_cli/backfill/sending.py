"""Sends the records of a backfill, and remembers after each call how far it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.sqs import OutgoingMessage, Queue
from rudder_mixpanel.delivery.backfill import BACKFILL, BackfillMode
from rudder_mixpanel_cli.backfill.checkpoint import Checkpoint, write_checkpoint
from rudder_mixpanel_cli.backfill.chunk import RecordChunk
from rudder_mixpanel_cli.backfill.counts import EventCounts
from rudder_mixpanel_cli.backfill.pace import Pace
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.queues.rate_limit import RateLimit

# How often a call is repeated: over a minute, with the pauses between.
ATTEMPTS: Final = 10
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 15.0


@dataclass(slots=True)
class BackfillSender:
    """Sends chunks as `pace` and `rate` allow; `wait` sleeps, and returns True to stop."""

    queue: Queue
    mode: BackfillMode
    pace: Pace
    rate: RateLimit
    wait: Callable[[float], bool]
    file: Path

    def run(
        self,
        chunks: Iterable[RecordChunk],
        checkpoint: Checkpoint,
        counts: EventCounts,
        show: Callable[[Checkpoint], None],
    ) -> Checkpoint:
        """Send the chunks until the end or a stop, and return the last checkpoint.

        Raises CommandError when SQS does not accept records for a minute, ClientError when it
        never will.
        """
        for chunk in chunks:
            may_go_on = self.rate.acquire(chunk.events) and self.pace.acquire(chunk.weight)
            if not may_go_on or not self.send(chunk):
                return checkpoint
            records = checkpoint.records + len(chunk.records)
            checkpoint = checkpoint.advanced(chunk.position, counts.copy(), records)
            write_checkpoint(self.file, checkpoint)
            show(checkpoint)
        checkpoint = checkpoint.advanced(
            checkpoint.position, counts, checkpoint.records, finished=True
        )
        write_checkpoint(self.file, checkpoint)
        return checkpoint

    def send(self, chunk: RecordChunk) -> bool:
        """Send a chunk until all of it is accepted; False when the user stops it before.

        Raises CommandError and ClientError as `run`.
        """
        attributes = {BACKFILL: self.mode.text}
        pending = [OutgoingMessage(record.body, attributes) for record in chunk.records]
        pause = FIRST_PAUSE
        for _ in range(ATTEMPTS):
            accepted = set(self.accepted(pending)) if pending else set()
            pending = [each for index, each in enumerate(pending) if index not in accepted]
            if not pending:
                return True
            if self.wait(pause):
                return False
            pause = min(2 * pause, LONGEST_PAUSE)
        raise CommandError(
            "SQS did not accept all records for a minute; run the same command again to go on"
        )

    def accepted(self, messages: list[OutgoingMessage]) -> list[int]:
        """The indexes of the messages that SQS accepts; none when it may accept them later.

        Raises ClientError when it will not.
        """
        try:
            return self.queue.send_batch(messages, range(len(messages)))
        except ClientError as error:
            if not is_passing(error):
                raise
        except BotoCoreError:
            pass
        return []


def is_passing(error: ClientError) -> bool:
    """Whether a call may succeed later: SQS fails, or throttles."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or "hrottl" in error.response["Error"]["Code"]
