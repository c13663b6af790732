"""The faults in deletion and in Mixpanel's answers about it."""

from typing import Final

from tests.mutations.fault import ANY, Fault

UNIT: Final = "tests/unit/deletion"
NOT_DELETED: Final = "completed without a deletion"
UNREPORTED: Final = "deleted without a report"

DELETION: Final = (
    Fault(
        name="no deletion begins before effectiveAt",
        file="regulations/chunk.py",
        text="due=effective_at)",
        replacement="due=0)",
        tests=(f"{UNIT}/test_worker.py",),
        broken="asked before effectiveAt",
    ),
    Fault(
        name="the attempt is written before the request",
        file="deletion/create.py",
        text="    if not step.dependencies.repository.save(step.chunk):",
        replacement="    if False:",
        tests=(f"{UNIT}/test_crashes.py",),
        broken=ANY,
    ),
    Fault(
        name="what the stack itself stores of a user is deleted as well",
        file="deletion/create.py",
        text="    step.erase_profile_times(task)\n",
        replacement="",
        tests=(f"{UNIT}/test_erasure.py",),
        broken="completed with times of profile updates",
    ),
    Fault(
        name="a conflict is not a created task",
        file="mixpanel/deletion_responses.py",
        text="    if answer.status == HTTPStatus.CONFLICT:\n",
        replacement=(
            "    if answer.status == HTTPStatus.CONFLICT:\n"
            '        found = object_or_empty(answer.content)["error"]["conflicting_task_ids"]\n'
            "        return TaskCreated(found[0])\n"
        ),
        tests=(f"{UNIT}/test_worker.py", f"{UNIT}/test_lost_answers.py"),
        broken=NOT_DELETED,
    ),
    Fault(
        name="an older task is not adopted",
        file="deletion/poll.py",
        text="if result.requested >= chunk.effective_at + SKEW:",
        replacement="if result.requested:",
        tests=(f"{UNIT}/test_worker.py",),
        broken=NOT_DELETED,
    ),
    Fault(
        name="a task is adopted only for those whose ids it all names",
        file="deletion/poll.py",
        text="if result.ids.issuperset(chunk.ids_in(task, member))",
        replacement="if not result.ids.isdisjoint(chunk.ids_in(task, member))",
        tests=(f"{UNIT}/test_worker.py", f"{UNIT}/test_lost_answers.py"),
        broken=NOT_DELETED,
    ),
    Fault(
        name="a task that another chunk has claimed is not followed as our own",
        file="deletion/poll.py",
        text="if may_be_own and step.dependencies.repository.claim(conflict, chunk.id):",
        replacement="if may_be_own:",
        tests=(f"{UNIT}/test_lost_answers.py",),
    ),
    Fault(
        name="a failure is not a success",
        file="deletion/poll.py",
        text='elif status == "SUCCESS":',
        replacement='elif status in {"SUCCESS", "FAILURE"}:',
        tests=(f"{UNIT}/test_failures.py",),
        broken=NOT_DELETED,
    ),
    Fault(
        name="a regulation is complete when all of its ids are deleted",
        file="regulations/chunk.py",
        text="return min((task.state for task in tasks), key=PROGRESS.index)",
        replacement="return max((task.state for task in tasks), key=PROGRESS.index)",
        tests=(f"{UNIT}/test_failures.py",),
        broken=NOT_DELETED,
    ),
    Fault(
        name="nobody is given up for one failure",
        file="deletion/failure.py",
        text="MOST_FAILURES: Final = 2",
        replacement="MOST_FAILURES: Final = 1",
        tests=(f"{UNIT}/test_failures.py",),
        broken="forgotten",
    ),
    Fault(
        name="nobody is given up for a wrong address",
        file="mixpanel/deletion_responses.py",
        text="        return misdirected(status)\n    return Answer(status, content)\n",
        replacement="        return Answer(400, {})\n    return Answer(status, content)\n",
        tests=(f"{UNIT}/test_failures.py",),
        broken="forgotten",
    ),
    Fault(
        name="a page of a proxy calls no task off",
        file="mixpanel/deletion_responses.py",
        text="    if status == HTTPStatus.NO_CONTENT:\n",
        replacement="    if status in {HTTPStatus.NO_CONTENT, HTTPStatus.OK}:\n",
        tests=(f"{UNIT}/test_failures.py", f"{UNIT}/test_cancel.py"),
    ),
    Fault(
        name="requests are a second apart",
        file="deletion/step.py",
        text="            self.dependencies.pause()\n",
        replacement="            pass\n",
        tests=(f"{UNIT}/test_worker.py",),
        broken="two requests within a second",
    ),
    Fault(
        name="a cancellation that comes during a step is kept",
        file="deletion/step.py",
        text="requested = latest.cancelling.items()",
        replacement="requested = chunk.cancelling.items()",
        tests=(f"{UNIT}/test_cancel.py",),
        broken="forgotten",
    ),
    Fault(
        name="who has cancelled is not in the task that is created again",
        file="deletion/create.py",
        text="return [member for member in task.members if member in gone]",
        replacement="return []",
        tests=(f"{UNIT}/test_cancel.py", f"{UNIT}/test_failures.py"),
        broken="asked for somebody unwanted",
    ),
    Fault(
        name="a cancellation waits while a task may exist that nobody knows",
        file="regulations/chunk.py",
        text="if task.may_be_revoked(self.cancelling) or task.may_exist_unknown",
        replacement="if task.may_be_revoked(self.cancelling)",
        tests=(f"{UNIT}/test_cancel.py",),
        broken=UNREPORTED,
    ),
    Fault(
        name="nobody who stays is restarted twice",
        file="regulations/task.py",
        text="self.restarted and any(member not in leaving for member in self.members)",
        replacement="False",
        tests=(f"{UNIT}/test_cancel.py",),
        broken="restarted too often",
    ),
    Fault(
        name="profiles behind aliases are deleted, too",
        file="deletion/profiles.py",
        text="    if ids_to_delete(step.chunk, task):\n",
        replacement="    if False:\n",
        tests=(f"{UNIT}/test_profiles.py",),
        broken=NOT_DELETED,
    ),
    Fault(
        name="the alias of a shared device is left alone",
        file="deletion/profiles.py",
        text="    if not task.follows_aliases:\n        return chunk",
        replacement="    if task.members:\n        return chunk",
        tests=(f"{UNIT}/test_profiles.py",),
        broken="an alias is deleted",
    ),
    Fault(
        name="no profile is deleted under a token that is not proven",
        file="deletion/create.py",
        text="if uses_engage(task, mixpanel) and not prove_token(step, task, mixpanel):",
        replacement="if False:",
        tests=(f"{UNIT}/test_profiles.py",),
    ),
)
