"""The emulator as Mixpanel, called without a network."""

from collections.abc import Sequence
from datetime import datetime

import httpx

from mixpanel_emulator.endpoints.exchange import Exchange, Transmission
from mixpanel_emulator.endpoints.handle_request import handle_request
from mixpanel_emulator.faults.plan import Fault
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store
from tests.simulation.failures import lost_response


def respond(
    request: httpx.Request,
    at: datetime,
    projects: Sequence[Project],
    store: Store,
    fault: Fault | None,
) -> httpx.Response:
    """Mixpanel's response at a time; raises what httpx raises when it is lost.

    A fault for another endpoint is none.
    """
    exchange = Exchange(
        method=request.method,
        path=request.url.path,
        query=dict(request.url.params),
        headers=dict(request.headers),
        body=request.content,
        at=at,
    )
    planned = fault if fault is not None and fault.matches(exchange) else None
    response = handle_request(exchange, projects, store, planned)
    if response.transmission is not Transmission.COMPLETE:
        raise lost_response(request)
    headers = dict(response.headers)
    return httpx.Response(response.status, content=response.content, headers=headers)
