"""Deletes profiles by /engage: under a proven token, and also those that a userId is an alias of.

/engage answers success for the token of no project, and for an id that has no profile. In original
merge a user's profile may have the id of a device, of which the userId is an alias.
"""

from datetime import UTC, datetime

from rudder_mixpanel.deletion.step import Step
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.identity import deleted_ids
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.deletion_responses import RetryLater
from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.token_proofs import TokenAddress
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.task import Task


def prove_token(step: Step, task: Task, mixpanel: DeletionClient) -> bool:
    """Whether Mixpanel has accepted the token recently; if not, ask, which is a step of its own."""
    address = TokenAddress(mixpanel.settings.ingestion_url, mixpanel.settings.token)
    proofs, now = step.dependencies.token_proofs, datetime.fromtimestamp(step.now, UTC)
    verdict = proofs.recall(address, now)
    if verdict is not None and verdict.objection is None:
        return True
    objection = verdict.objection if verdict else step.perform(mixpanel.refuse_token)
    proofs.note(address, objection, now)
    if objection is not None:
        postpone_for_token(step, task, objection)
        step.save()
    return False


def postpone_for_token(step: Step, task: Task, objection: Kept) -> None:
    """Wait until Mixpanel accepts the project's token."""
    if objection.code is Code.CREDENTIALS_REFUSED:
        step.tally.tokens_refused += 1
    step.postpone(task, RetryLater(objection.message, certain=True, wait=objection.wait))


def ids_to_delete(chunk: Chunk, task: Task) -> list[str]:
    """The ids that the next request of a task names.

    Aliases are followed from userIds only: a device may be shared, and its id be an alias of
    another user.
    """
    if not task.follows_aliases:
        return chunk.ids_of(task)
    return [
        id_
        for member in task.members
        for id_ in chunk.ids_in(task, member)
        if id_ in user_ids(chunk.people[member].attributes.get("userId", ""))
    ]


def user_ids(user_id: str) -> list[str]:
    """The spellings of a userId at Mixpanel."""
    return deleted_ids("userId", user_id, simplified=False)


def profiles_deleted(step: Step, task: Task) -> None:
    """Record a success; the task waits for its second request unless it has no userId."""
    task.unanswered, task.attempts = False, 0
    if task.follows_aliases:
        task.note(step.now, "Mixpanel answered with success to this request, too.")
        return
    task.note(step.now, "Mixpanel answered with success.")
    task.follows_aliases = True
    if ids_to_delete(step.chunk, task):
        task.state, task.due = RegulationState.WAITING, step.now
