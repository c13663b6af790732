"""What /track, /engage and /groups share: a token is enough, and responses say little."""

from collections.abc import Iterable, Sequence
from typing import Any

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import Exchange, RecordError
from mixpanel_emulator.state.project import Project


def report_authorization(exchange: Exchange) -> None:
    """Record a violation when the request carries credentials."""
    if "authorization" in exchange.headers:
        exchange.add_violation("E13", "Authorization is not expected here, and may lose the data")


def attribute_to_project(
    exchange: Exchange, tokens: Iterable[Any], projects: Sequence[Project]
) -> Project | None:
    """Count the batch for the project of the first known token, and return that project."""
    by_token = {project.token: project for project in projects}
    for token in tokens:
        if isinstance(token, str) and token in by_token:
            exchange.project = by_token[token].project_id
            return by_token[token]
    return None


def find_silent_loss(project: Project | None, exchange: Exchange) -> RecordError | None:
    """Return why everything sent to this project is lost although the response is success."""
    if project is None:
        return RecordError("E41", "token", messages.TOKEN_UNKNOWN)
    if exchange.is_for_another_region(project.region):
        return RecordError("E12", "token", messages.WRONG_REGION)
    return None


def largest_body(projects: Sequence[Project]) -> int:
    """Return how much to read while the project is still unknown."""
    return max(project.max_body for project in projects)


def report_partial_rejection(
    exchange: Exchange, rejected: Sequence[tuple[int, RecordError]]
) -> None:
    """Record a violation for each rejected record of a batch that is stored in part."""
    for index, error in rejected:
        # A planned fault has no rule.
        if error.rule:
            exchange.add_violation("E46", f"rejected within a mixed batch: {error.message}", index)
