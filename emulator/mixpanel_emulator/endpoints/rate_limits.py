"""The limit on what a project may send in a minute."""

from http import HTTPStatus

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange, RequestRejected
from mixpanel_emulator.endpoints.responses import import_rejection
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store


def check_rate_limit(exchange: Exchange, project: Project | None, store: Store) -> None:
    """Raise RequestRejected when the request exceeds the limit of the minute that it ends."""
    if project is None or is_within_limit(exchange, project, store):
        return
    if exchange.endpoint == "import":
        raise import_rejection("E14", HTTPStatus.TOO_MANY_REQUESTS, messages.TOO_MANY_REQUESTS)
    body = {"error": messages.TOO_MANY_REQUESTS, "status": 0}
    raise RequestRejected("E14", ApiResponse.json(HTTPStatus.TOO_MANY_REQUESTS, body))


def is_within_limit(exchange: Exchange, project: Project, store: Store) -> bool:
    """Whether the project may send this much more."""
    size, records = store.traffic.last_minute(project.project_id, int(exchange.at.timestamp()))
    return (
        size + exchange.size <= project.bytes_per_minute
        and records + exchange.records <= project.records_per_minute
    )
