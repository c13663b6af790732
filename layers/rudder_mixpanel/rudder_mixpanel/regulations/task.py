"""A task: one request to Mixpanel to delete users, and its outcome."""

from dataclasses import dataclass, field
from typing import Any, Final

from rudder_mixpanel.regulations.model import RegulationState

# Notes of a task that are kept, and how many of the latest are searched for the same text.
MOST_NOTES: Final = 40
LONGEST_NOTE: Final = 300
LAST_NOTES: Final = 4
UNANSWERED: Final = "an earlier request got no response; Mixpanel may have carried it out"


@dataclass(slots=True)
class Task:
    """A request to Mixpanel to delete some users of a chunk; times are seconds since 1970.

    `by_engage`: profiles are deleted directly, without a task at Mixpanel.
    `unanswered`: the outcome of earlier requests is unknown. The first was sent at `requested_at`,
    the last at `unanswered_at`; the current one at `sent_at`.
    `adopted`: the task at Mixpanel was created by another request.
    `revoking`: Mixpanel was asked to revoke the task, next at `revoke_at`.
    `irrevocable`: Mixpanel can no longer revoke it.
    `project`, `region`, `law`: of the settings when Mixpanel was asked; the project as its owner
    recognizes it.
    `history`: notes for the report, without personal data.
    """

    number: int
    members: list[str]
    state: RegulationState = RegulationState.WAITING
    due: int = 0
    task_id: str = ""
    status: str = ""
    by_engage: bool = False
    unanswered: bool = False
    adopted: bool = False
    revoking: bool = False
    revoke_at: int = 0
    irrevocable: bool = False
    requested_at: int = 0
    sent_at: int = 0
    unanswered_at: int = 0
    attempts: int = 0
    ended_at: int = 0
    project: str = ""
    region: str = ""
    law: str = ""
    conflicts: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def may_exist_unknown(self) -> bool:
        """Whether Mixpanel may have a task of this request whose id we do not know.

        Repeating the request reveals it. A repeated deletion of profiles would reveal nothing.
        """
        created = self.unanswered or self.state is RegulationState.CREATING
        return created and not self.by_engage

    @property
    def is_revocable(self) -> bool:
        """Whether Mixpanel has a task of our own that it may still revoke."""
        requested = self.state is RegulationState.REQUESTED
        return requested and not self.adopted and not self.irrevocable

    def clear_unanswered(self, at: int) -> None:
        """Stop looking for the task of an unanswered request: it ended, or never existed."""
        if self.unanswered:
            self.note(at, UNANSWERED)
        self.unanswered = False

    def note(self, at: int, what: str) -> None:
        """Add a note to the history; a repeated note is counted instead.

        Only the first and the last notes are kept, since a chunk has to fit into one item.
        """
        what = what[:LONGEST_NOTE]
        for note in self.history[-LAST_NOTES:]:
            if note["what"] == what:
                note["last"], note["times"] = at, note.get("times", 1) + 1
                return
        self.history.append({"at": at, "what": what})
        del self.history[MOST_NOTES // 2 : -MOST_NOTES // 2]
