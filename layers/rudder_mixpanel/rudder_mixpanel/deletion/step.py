"""A turn: the next thing that is done for a chunk, with at most one request to Mixpanel."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.deletion_responses import UNAUTHORISED_WAIT, RetryLater
from rudder_mixpanel.regulations.accept import AcceptDependencies
from rudder_mixpanel.regulations.model import Chunk, RegulationState, Task

# Seconds until a request is asked again that brought no answer, doubled each time.
FIRST_WAIT: Final = 60
LONGEST_WAIT: Final = 3_600
# Seconds that Mixpanel may ask for.
MOST_PATIENCE: Final = 86_400


class DeletionDependencies(AcceptDependencies, Protocol):
    """What deletions need from outside."""

    def mixpanel(self) -> DeletionClient:
        """Mixpanel's deletions as they are configured now; raises ConfigurationError."""
        ...

    def pause(self) -> None:
        """Let so much time pass that the next request is not too soon."""
        ...

    def wake(self) -> None:
        """Tell the queue that there is work."""
        ...

    def time_left(self) -> int:
        """Milliseconds that the invocation has left."""
        ...


@dataclass(slots=True)
class Tally:
    """What an invocation has done, for metrics and log; it names nobody."""

    requests: int = 0
    completed: int = 0
    failed: int = 0
    canceled: int = 0
    over_age: int = 0
    tokens_refused: int = 0
    configuration_errors: list[str] = field(default_factory=list)
    tables_unavailable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """One turn of one chunk."""

    dependencies: DeletionDependencies
    chunk: Chunk
    tally: Tally

    @property
    def now(self) -> int:
        """The time."""
        return self.dependencies.now()

    def mixpanel(self) -> DeletionClient | RetryLater:
        """Mixpanel as it is configured now; what somebody has to mend is put off."""
        try:
            return self.dependencies.mixpanel()
        except ConfigurationError as error:
            self.tally.configuration_errors.append(str(error))
            return RetryLater("the settings are wrong", certain=True, wait=UNAUTHORISED_WAIT)

    def request[Said](self, question: Callable[[DeletionClient], Said]) -> Said | RetryLater:
        """Ask Mixpanel once, and rest."""
        mixpanel = self.mixpanel()
        if isinstance(mixpanel, RetryLater):
            return mixpanel
        return self.perform(lambda: question(mixpanel))

    def perform[Said](self, question: Callable[[], Said]) -> Said:
        """Ask a Mixpanel that is known, and rest."""
        self.tally.requests += 1
        try:
            answer = question()
        finally:
            # Whatever happens: the next request may be another invocation's.
            self.dependencies.pause()
        if isinstance(answer, RetryLater) and answer.unauthorised:
            self.tally.tokens_refused += 1
        return answer

    def postpone(self, task: Task, trouble: RetryLater) -> None:
        """Try the same again later: when Mixpanel says, or after longer each time."""
        task.attempts += 1
        doubled = FIRST_WAIT * 2 ** min(task.attempts - 1, 10)
        wait = max(trouble.wait, FIRST_WAIT) if trouble.wait else min(doubled, LONGEST_WAIT)
        task.due = self.now + min(wait, MOST_PATIENCE)
        task.note(self.now, trouble.why)

    def mark_revoked(self, task: Task) -> None:
        """Mixpanel will not do a task; its users wait to be asked for anew, or to leave."""
        task.note(self.now, f"{task.task_id} called off")
        task.state, task.task_id, task.status, task.due = RegulationState.WAITING, "", "", self.now
        task.revoking, task.revoke_at, task.too_late = False, 0, False

    def save(self) -> None:
        """Write the chunk; wishes to cancel, which came meanwhile, stay in it."""
        chunk, register = self.chunk, self.dependencies.repository
        while not register.save(chunk):
            latest = register.load(chunk.id)
            if latest is None:
                return
            wishes = latest.leaving.items()
            chunk.leaving = {one: wish for one, wish in wishes if one not in chunk.lifted}
            chunk.version = latest.version
