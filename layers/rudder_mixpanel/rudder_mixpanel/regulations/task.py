"""A task: one request to Mixpanel to delete users, and its outcome."""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, Final

from rudder_mixpanel.regulations.model import FINAL, RegulationState

# Notes of a task that are kept, fewer where a chunk has many tasks, so that it fits into one item.
MOST_NOTES: Final = 40
LEAST_NOTES: Final = 12
NOTES_OF_A_CHUNK: Final = 4_000
# How many of the latest notes are searched for the same text.
LAST_NOTES: Final = 4
LONGEST_NOTE: Final = 300
ERASED: Final = "The stack's own record of when the profile was last updated was deleted."
UNANSWERED: Final = "An earlier request got no response; Mixpanel may have carried it out."
# Seconds after its creation in which a task is revoked for a user who cancels.
REVOCABLE_FOR: Final = 86_400
# Mixpanel can revoke a task in one of these statuses.
REVOCABLE: Final = frozenset({"PENDING", "STAGING"})


@dataclass(slots=True)
class Task:
    """A request to Mixpanel to delete some users of a chunk; times are seconds since 1970.

    `ids`: the ids that it names, if these are not all ids of its users.
    `by_engage`: profiles are deleted directly, without a task at Mixpanel, by two requests; the
    second one `follows_aliases`.
    `unanswered`: the outcome of earlier requests is unknown. The first was sent at `requested_at`,
    the last at `unanswered_at`; the current one at `sent_at`.
    `adopted`: the task at Mixpanel was created by another request.
    `revoking`: Mixpanel was asked to revoke the task, next at `revoke_at`.
    `revocation_sent`: it was asked once, and may have done so although no response says it.
    `irrevocable`: Mixpanel can no longer revoke it.
    `restarted`: an earlier task with these users was revoked for somebody else.
    `failures`: how many requests for the same users have failed, `failures_alone` those for one id.
    `is_part`: of users whose request has failed.
    `unknown_at`: since when Mixpanel does not know the task.
    `conflicts_over`: how often all conflicting tasks were found to be over.
    `project`, `region`, `law`: of the settings when Mixpanel was asked; the project as its owner
    recognizes it.
    `history`: notes for the report, without personal data.
    """

    number: int
    members: list[str]
    state: RegulationState = RegulationState.WAITING
    due: int = 0
    ids: list[str] = field(default_factory=list)
    task_id: str = ""
    status: str = ""
    by_engage: bool = False
    follows_aliases: bool = False
    unanswered: bool = False
    adopted: bool = False
    revoking: bool = False
    revocation_sent: bool = False
    revoke_at: int = 0
    irrevocable: bool = False
    restarted: bool = False
    is_part: bool = False
    failures: int = 0
    failures_alone: int = 0
    unknown_at: int = 0
    requested_at: int = 0
    sent_at: int = 0
    unanswered_at: int = 0
    attempts: int = 0
    ended_at: int = 0
    project: str = ""
    region: str = ""
    law: str = ""
    conflicts_over: int = 0
    conflicts: list[str] = field(default_factory=list)
    most_notes: int = MOST_NOTES
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be done for it at Mixpanel."""
        return self.state in FINAL

    def continued_after(self, at: int) -> bool:
        """Whether Mixpanel had the task at a time, and has ended it later or not yet."""
        if self.state is RegulationState.REQUESTED:
            return True
        return self.state is RegulationState.COMPLETED and self.ended_at > at

    @property
    def may_exist_unknown(self) -> bool:
        """Whether Mixpanel may have a task of this request whose id we do not know.

        Repeating the request reveals it. A repeated deletion of profiles would reveal nothing.
        """
        created = self.unanswered or self.state is RegulationState.CREATING
        return created and not self.by_engage

    def may_be_revoked(self, leaving: Container[str]) -> bool:
        """Whether Mixpanel has a task of our own that may be revoked while it is young.

        A task is not revoked for those who are leaving if another user has to wait for it again.
        """
        if self.state is not RegulationState.REQUESTED:
            return False
        started = self.status not in REVOCABLE or self.irrevocable
        waits_again = self.restarted and any(member not in leaving for member in self.members)
        return self.revoking or not (self.adopted or started or waits_again)

    def is_revocable(self, now: int, leaving: Container[str]) -> bool:
        """Whether a user who cancels now waits for the task to be revoked.

        A task that was asked to be revoked is always looked at first.
        """
        is_young = now < self.requested_at + REVOCABLE_FOR
        return self.may_be_revoked(leaving) and (self.revoking or is_young)

    @property
    def revocation_due(self) -> int:
        """When the revocation is tried next, or is given up."""
        if self.revoking:
            return self.revoke_at
        return min(self.revoke_at, self.requested_at + REVOCABLE_FOR)

    @property
    def may_be_done(self) -> bool:
        """Whether profiles may have been deleted, although no response says so."""
        return self.unanswered or self.follows_aliases or self.state is RegulationState.CREATING

    def is_unknown_for(self, seconds: int, now: int) -> bool:
        """Whether Mixpanel has not known the task for so long; it does not know it now."""
        self.unknown_at = self.unknown_at or now
        return now - self.unknown_at >= seconds

    def leave_mixpanel(self) -> None:
        """Forget the task at Mixpanel; another one is to be requested."""
        self.state, self.task_id, self.status = RegulationState.WAITING, "", ""
        self.conflicts = []
        self.adopted = self.revoking = self.revocation_sent = self.irrevocable = False
        self.revoke_at = self.unknown_at = self.attempts = self.conflicts_over = 0

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
        self.keep_notes(self.most_notes)

    def keep_notes(self, most: int) -> None:
        """Keep only this many notes, the first and the last ones, now and from now on.

        Two more may be kept: that a deletion may have been carried out, and what was deleted here.
        """
        self.most_notes = max(2, min(MOST_NOTES, most))
        half = self.most_notes // 2
        if len(self.history) > self.most_notes:
            first, last = self.history[:half], self.history[-half:]
            dropped = self.history[half:-half]
            others = [note for note in dropped if note["what"] in {UNANSWERED, ERASED}]
            kept = {note["what"]: note for note in reversed(others)}.values()
            self.history = [*first, *sorted(kept, key=lambda note: int(note["at"])), *last]
