"""What was asked, and the state of the stack at that moment."""

import shlex
from dataclasses import dataclass, field
from datetime import datetime

from rudder_mixpanel_cli.errors import COMMAND_NAME
from rudder_mixpanel_cli.where.stored import Backlog, QueueFindings


@dataclass(frozen=True, slots=True)
class Situation:
    """The question, and what an answer is compared with.

    `sent_at` is when the event was sent, if that is known. Without `is_insert_id`, the log may not
    show whether Mixpanel took an event apart from its updates. With `shows_words`, the one who asks
    has made the event, so that Mixpanel's own message about it may be shown.
    """

    text: str
    now: datetime
    since: datetime
    stack: str = ""
    found: QueueFindings = field(default_factory=QueueFindings)
    backlog: Backlog = field(default_factory=Backlog)
    sent_at: datetime | None = None
    is_insert_id: bool = True
    shows_words: bool = False
    undelivered_url: str = ""

    def command(self, words: str, *options: str) -> str:
        """A command to run next, ready to be pasted."""
        named = ("--stack", self.stack) if self.stack else ()
        return f"{COMMAND_NAME} {words} {shlex.join((*options, *named))}".strip()
