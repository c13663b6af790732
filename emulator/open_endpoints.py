"""What /track, /engage and /groups have in common: anyone may send, and little is answered."""

from collections.abc import Sequence

from emulator.project import Project
from emulator.visit import Fault, Visit


def note_authorization(visit: Visit) -> None:
    """Note credentials where none are expected."""
    if "authorization" in visit.headers:
        visit.breaks("E13", "Authorization is not expected here, and may lose the data")


def largest_body(projects: Sequence[Project]) -> int:
    """How much to read before anyone knows whose it is."""
    return max(project.max_body for project in projects)


def note_mixed(visit: Visit, refused: Sequence[tuple[int, Fault]]) -> None:
    """Note the records that the rules refused beside others that were stored."""
    for index, fault in refused:
        if fault.rule:
            visit.breaks("E46", f"refused within a mixed batch: {fault.message}", index)
