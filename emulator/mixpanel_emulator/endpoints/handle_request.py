"""The emulated API without the network: handles a request and records what happened."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.app_api import show_metadata, validate_credentials
from mixpanel_emulator.endpoints.cross_origin import (
    PREFLIGHT_RESPONSE,
    allow_origin,
    is_preflight,
)
from mixpanel_emulator.endpoints.delete_users import handle_deletions
from mixpanel_emulator.endpoints.exchange import (
    ApiResponse,
    Exchange,
    RequestRejected,
    Transmission,
)
from mixpanel_emulator.endpoints.export_events import export_events
from mixpanel_emulator.endpoints.import_events import import_events
from mixpanel_emulator.endpoints.responses import import_rejection
from mixpanel_emulator.endpoints.track_events import track_events
from mixpanel_emulator.endpoints.update_profiles import update_profiles
from mixpanel_emulator.rules.endpoints import CREDENTIALS, EXPORT, METADATA, TOKEN_ENDPOINTS
from mixpanel_emulator.rules.table import RULES
from mixpanel_emulator.state.erasure import advance_tasks
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.state.traffic import CountedRequest

HANDLERS: Final[dict[str, Callable[[Exchange, Sequence[Project], Store], ApiResponse]]] = {
    "import": import_events,
    "track": track_events,
    "engage": update_profiles,
    "groups": update_profiles,
    "deletions": handle_deletions,
    EXPORT: export_events,
    METADATA: show_metadata,
    CREDENTIALS: validate_credentials,
}
# Of the endpoints that are not for POST alone.
METHODS: Final = {"deletions": ("GET", "POST", "DELETE"), METADATA: ("GET",), EXPORT: ("GET",)}
VIOLATION_RULES: Final = frozenset(rule.id for rule in RULES if rule.violation)
SECRET_HEADERS: Final = frozenset({"authorization"})


class ActiveFault(Protocol):
    """A planned fault that applies to one request."""

    @property
    def fault(self) -> str:
        """The fault's name."""

    def apply(self, exchange: Exchange, respond: Callable[[Exchange], ApiResponse]) -> ApiResponse:
        """Return the response to a request, with `respond` as the usual handling."""


def handle_request(
    exchange: Exchange,
    projects: Sequence[Project],
    store: Store,
    fault: ActiveFault | None = None,
) -> ApiResponse:
    """Respond to one request, to which a planned fault may apply, and record all violations."""

    def respond_as_usual(exchange: Exchange) -> ApiResponse:
        return respond(exchange, projects, store)

    advance_tasks(store, exchange.at)
    response = fault.apply(exchange, respond_as_usual) if fault else respond_as_usual(exchange)
    response = allow_origin(exchange, response)
    for violation in exchange.violations:
        store.add("violations", violation)
    store.traffic.count(counted(exchange, response))
    store.add("requests", summarize(exchange, response, fault))
    return response


def counted(exchange: Exchange, response: ApiResponse) -> CountedRequest:
    """Return what is counted of the exchange."""
    return CountedRequest(
        at=exchange.at,
        project=exchange.project,
        endpoint=exchange.endpoint,
        size=exchange.size,
        records=exchange.records,
        status=response.status,
    )


def summarize(
    exchange: Exchange, response: ApiResponse, fault: ActiveFault | None
) -> dict[str, Any]:
    """Describe the exchange for the list of requests, without credentials."""
    return {
        "at": exchange.timestamp,
        "project": exchange.project,
        "method": exchange.method,
        "path": exchange.path,
        "query": dict(exchange.query),
        "size": exchange.size,
        "records": exchange.records,
        # None when the client got no response.
        "status": None if response.transmission is Transmission.NONE else response.status,
        "fault": fault.fault if fault else None,
        "headers": {
            name: "***" if name in SECRET_HEADERS else value
            for name, value in exchange.headers.items()
        },
        "body": exchange.excerpt.decode(errors="replace"),
        "answer": response.excerpt.decode(errors="replace"),
    }


def respond(exchange: Exchange, projects: Sequence[Project], store: Store) -> ApiResponse:
    """Respond to a request without any fault; a rejection is a response, too."""
    try:
        return dispatch(exchange, projects, store)
    except RequestRejected as rejection:
        if rejection.rule in VIOLATION_RULES:
            exchange.add_violation(
                rejection.rule, f"rejected with status {rejection.response.status}"
            )
        return rejection.response


def dispatch(exchange: Exchange, projects: Sequence[Project], store: Store) -> ApiResponse:
    """Call the handler of the endpoint. Raises RequestRejected for a wrong path or method."""
    handler = HANDLERS.get(exchange.endpoint)
    if handler is None:
        raise import_rejection("E1", HTTPStatus.NOT_FOUND, messages.UNKNOWN_PATH)
    if is_preflight(exchange):
        return PREFLIGHT_RESPONSE
    if is_legacy_get(exchange):
        exchange.add_violation("E2", "GET is no longer documented")
    elif exchange.method not in METHODS.get(exchange.endpoint, ("POST",)):
        raise import_rejection("E2", HTTPStatus.METHOD_NOT_ALLOWED, messages.WRONG_METHOD)
    return handler(exchange, projects, store)


def is_legacy_get(exchange: Exchange) -> bool:
    """Whether an older client sends its data in the query of a GET."""
    return (
        exchange.method == "GET"
        and exchange.endpoint in TOKEN_ENDPOINTS
        and "data" in exchange.query
    )
