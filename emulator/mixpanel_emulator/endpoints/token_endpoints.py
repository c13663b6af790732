"""What /track, /engage and /groups have in common: anyone may send, and little is answered."""

from collections.abc import Iterable, Sequence
from typing import Any

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.visit import Fault, Visit
from mixpanel_emulator.state.project import Project


def note_authorization(visit: Visit) -> None:
    """Note credentials where none are expected."""
    if "authorization" in visit.headers:
        visit.breaks("E13", "Authorization is not expected here, and may lose the data")


def file_under(visit: Visit, tokens: Iterable[Any], projects: Sequence[Project]) -> Project | None:
    """The project that a batch is counted for: that of the first token that is known."""
    by_token = {project.token: project for project in projects}
    for token in tokens:
        if isinstance(token, str) and token in by_token:
            visit.project = by_token[token].project_id
            return by_token[token]
    return None


def loss(project: Project | None, visit: Visit) -> Fault | None:
    """Why all that is sent to a project is lost, although the answer is success."""
    if project is None:
        return Fault("E41", "token", say.TOKEN_UNKNOWN)
    if visit.is_elsewhere(project.region):
        return Fault("E12", "token", say.WRONG_REGION)
    return None


def largest_body(projects: Sequence[Project]) -> int:
    """How much to read before anyone knows whose it is."""
    return max(project.max_body for project in projects)


def note_mixed(visit: Visit, refused: Sequence[tuple[int, Fault]]) -> None:
    """Note the records that the rules refused beside others that were stored."""
    for index, fault in refused:
        if fault.rule:
            visit.breaks("E46", f"refused within a mixed batch: {fault.message}", index)
