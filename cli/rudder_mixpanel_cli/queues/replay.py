"""To send waiting messages to the events queue again, and lose none on the way."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rudder_mixpanel.aws.sqs import BYTES, split_by_size
from rudder_mixpanel_cli.queues.held import Held, Wanted
from rudder_mixpanel_cli.queues.pacing import Pace
from rudder_mixpanel_cli.queues.queues import Queue
from rudder_mixpanel_cli.queues.reading import Reading

IN_DOUBT: Final = "their outcome is unknown: replay them with --as-not-applied"


@dataclass(slots=True)
class Account:
    """What became of the messages that were seen."""

    replayed: int = 0
    # By the reason: what was meant to stay, and what could not go
    left: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Replay:
    """Messages go back to the events queue: those that are wanted and waited when it `started`.

    What the function rejects anew meanwhile stays for another time, or it would never end.
    """

    reading: Reading
    events: Queue
    wanted: Wanted
    started: datetime
    largest: int
    pace: Pace
    as_not_applied: bool = False
    account: Account = field(default_factory=Account)

    def run(self, seen: Callable[[int], None]) -> None:
        """Replay all, or until the pace says stop; tell how many were seen as they are."""
        for messages in self.reading:
            chosen = [held for held in messages if self.chooses(held)]
            for pack in packs(chosen, self.pace.most):
                if not self.pace.allows(len(pack)):
                    return
                self.send(pack)
            seen(len(messages))
            if not self.pace.allows(0):
                return

    def chooses(self, held: Held) -> bool:
        """Whether a message is to go; if not, it is counted with the reason."""
        if held not in self.wanted:
            self.account.left["not asked for"] += 1
        elif held.sent >= self.started:
            self.account.left["came while this ran"] += 1
        elif held.doubtful and not self.as_not_applied:
            self.account.left[IN_DOUBT] += 1
        elif held.again.size > self.largest:
            self.account.failed[f"longer than the events queue takes ({self.largest:,} bytes)"] += 1
        else:
            return True
        return False

    def send(self, pack: list[Held]) -> None:
        """Send first, delete after: to die in between makes a copy, and loses nothing."""
        refused = self.events.send(pack)
        self.account.failed.update(refused.values())
        sent = [held for held in pack if held.id not in refused]
        self.account.replayed += len(sent)
        self.reading.settle(sent)


def packs(messages: Iterable[Held], most: int) -> Iterator[list[Held]]:
    """Messages that fit one call together."""
    return split_by_size(messages, lambda held: held.again.size, most=most, most_bytes=BYTES)
