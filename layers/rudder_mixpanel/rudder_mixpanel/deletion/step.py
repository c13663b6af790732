"""One step of one chunk: the next thing to do for it, with at most one request to Mixpanel."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Protocol

from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.deletion_responses import (
    OPERATOR_WAIT,
    RetryLater,
    TaskStatus,
)
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.ports import AcceptDependencies
from rudder_mixpanel.regulations.task import ERASED, Task

# Seconds until a failed request is repeated, doubled each time.
FIRST_WAIT: Final = 60
LONGEST_WAIT: Final = 3_600
# The longest Retry-After of Mixpanel that is respected, in seconds.
LONGEST_RETRY_AFTER: Final = 86_400


class ProfileTimes(Protocol):
    """What deletions need of the table of when the properties of profiles were last set."""

    def erase(self, pseudonyms: Collection[str]) -> None:
        """Delete the items of these users. Raises TableUnavailable."""
        ...


class DeletionDependencies(AcceptDependencies, Protocol):
    """What deletions need from outside."""

    @property
    def token_proofs(self) -> TokenProofs:
        """What Mixpanel recently said about project tokens."""
        ...

    @property
    def profile_times(self) -> ProfileTimes:
        """When the properties of profiles were last set."""
        ...

    def mixpanel(self) -> DeletionClient:
        """A client for Mixpanel's deletions, as configured now; raises ConfigurationError."""
        ...

    def pause(self) -> None:
        """Wait until the next request to Mixpanel is allowed."""
        ...

    def wake(self) -> None:
        """Wake the function that deletes users once more."""
        ...

    def time_left(self) -> int:
        """Milliseconds left in this invocation."""
        ...


@dataclass(slots=True)
class Tally:
    """What an invocation has done, for metrics and logs; it holds no personal data.

    `chunks`: the ids of those that it has taken a step for.
    """

    chunks: set[str] = field(default_factory=set)
    requests: int = 0
    completed: int = 0
    failed: int = 0
    canceled: int = 0
    over_age: int = 0
    requests_over_age: list[str] = field(default_factory=list)
    tokens_refused: int = 0
    misdirected: int = 0
    configuration_errors: list[str] = field(default_factory=list)
    tables_unavailable: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """One step of one chunk; its methods raise TableUnavailable."""

    dependencies: DeletionDependencies
    chunk: Chunk
    tally: Tally

    @property
    def now(self) -> int:
        """The time, in seconds since 1970."""
        return self.dependencies.now()

    def mixpanel(self) -> DeletionClient | RetryLater:
        """A client for Mixpanel's deletions, or RetryLater while the configuration is wrong."""
        try:
            return self.dependencies.mixpanel()
        except ConfigurationError as error:
            self.tally.configuration_errors.append(str(error))
            return RetryLater("the settings are invalid", certain=True, wait=OPERATOR_WAIT)

    def request[Result](self, send: Callable[[DeletionClient], Result]) -> Result | RetryLater:
        """Send one request to Mixpanel with a new client, then pause."""
        mixpanel = self.mixpanel()
        if isinstance(mixpanel, RetryLater):
            return mixpanel
        return self.perform(lambda: send(mixpanel))

    def perform[Result](self, send: Callable[[], Result]) -> Result:
        """Send one request to Mixpanel, then pause."""
        self.tally.requests += 1
        try:
            result = send()
        finally:
            # Always, since the next request may come from another invocation.
            self.dependencies.pause()
        if isinstance(result, RetryLater):
            self.tally.tokens_refused += result.unauthorised
        if isinstance(result, RetryLater | TaskStatus):
            self.tally.misdirected += result.misdirected
        return result

    def postpone(self, task: Task, reason: RetryLater) -> None:
        """Repeat the request later: after Mixpanel's Retry-After, or with exponential backoff."""
        task.attempts += 1
        doubled = FIRST_WAIT * 2 ** min(task.attempts - 1, 10)
        wait = max(reason.wait, FIRST_WAIT) if reason.wait else min(doubled, LONGEST_WAIT)
        task.due = self.now + min(wait, LONGEST_RETRY_AFTER)
        task.note(self.now, f"Not answered yet, and tried again: {reason.why}.")

    def erase_profile_times(self, task: Task) -> None:
        """Delete what this stack knows about when the users' profiles were last updated.

        Since the suppression is in effect, nothing of it is written again.
        """
        names = {name for member in task.members for name in self.chunk.pseudonyms_of(member)}
        self.dependencies.profile_times.erase(sorted(names))
        if not any(note["what"] == ERASED for note in task.history):
            task.note(self.now, ERASED)

    def mark_revoked(self, task: Task) -> None:
        """Record that a task is revoked; its users wait for a new task, or for cancellation.

        Those who stay are not made to wait a second time.
        """
        task.note(self.now, f"Task {task.task_id} was called off, since somebody in it cancelled.")
        task.leave_mixpanel()
        task.restarted, task.due = True, self.now

    def save(self) -> None:
        """Write the chunk, with the cancellations that were requested since it was read."""
        chunk, repository = self.chunk, self.dependencies.repository
        while not repository.save(chunk):
            latest = repository.load(chunk.id)
            if latest is None:
                return
            requested = latest.cancelling.items()
            chunk.cancelling = {
                member: by for member, by in requested if member not in chunk.canceled
            }
            chunk.version = latest.version
