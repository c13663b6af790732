"""What was asked, and the state of the stack at that moment."""

import shlex
from dataclasses import dataclass, field
from datetime import datetime

from rudder_mixpanel.message.log_ids import loggable_id
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
        return shown_command(words, *options, *self.named_stack)

    def command_for_id(self, words: str, *options: str) -> str:
        """The same about the id; as its hash where a terminal cannot show it."""
        shown = self.text if self.text.isprintable() else loggable_id(self.text)
        options = (*options, *self.named_stack)
        if shown.startswith("-"):
            return shown_command(words, *options, "--", shown)
        return shown_command(words, shown, *options)

    @property
    def named_stack(self) -> tuple[str, ...]:
        """The option that names the stack."""
        return ("--stack", self.stack) if self.stack else ()


def shown_command(words: str, *arguments: str) -> str:
    """A command, its arguments quoted for a shell."""
    return f"{COMMAND_NAME} {words} {shlex.join(arguments)}".strip()
