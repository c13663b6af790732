"""How much a project may send in a minute."""

from http import HTTPStatus

from emulator import texts as say
from emulator.answers import import_refused
from emulator.project import Project
from emulator.store import Store
from emulator.visit import Answer, Refused, Visit


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
