"""How much a project may send in a minute."""

from http import HTTPStatus

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.answers import import_refused
from mixpanel_emulator.endpoints.visit import Answer, Refused, Visit
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store


def refuse_excess(visit: Visit, project: Project | None, store: Store) -> None:
    """Refuse the request that is too much for the minute that ends with it."""
    if project is None:
        return
    size, records = store.traffic.last_minute(project.project_id, int(visit.at.timestamp()))
    if (
        size + visit.size <= project.bytes_per_minute
        and records + visit.records <= project.records_per_minute
    ):
        return
    if visit.endpoint == "import":
        raise import_refused("E14", HTTPStatus.TOO_MANY_REQUESTS, say.TOO_MANY_REQUESTS)
    body = {"error": say.TOO_MANY_REQUESTS, "status": 0}
    raise Refused("E14", Answer.json(HTTPStatus.TOO_MANY_REQUESTS, body))
