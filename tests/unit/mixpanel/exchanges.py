"""Requests of each kind, and responses to them."""

from typing import Any

import orjson

from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.responses import MixpanelResponse
from tests.operations import event, request, update

SINGLE_EVENT = request(event("a"))
THREE = request(event("a"), event("b"), event("c"))
UPDATE = request(update(), lane="engage")
UPDATES = request(update(), update(), lane="engage")
COUNTER = request(update("$add"), lane="counters")
COUNTERS = request(update("$add"), update("$append"), lane="counters")
MERGES = request(
    Operation("import", {"event": "$merge", "properties": {"$insert_id": "a"}}),
    Operation("import", {"event": "$merge", "properties": {"$insert_id": "b"}}),
    lane="identity",
)
NO_IDENTITY = "identity events are not allowed when project is using simplified identity management"
FAILED_VALIDATION = "some data points in the request failed validation"


def response_of(status: int, body: Any) -> MixpanelResponse:
    """A response with this JSON."""
    return MixpanelResponse(status, orjson.dumps(body))


def import_response(
    status: int, imported: Any, failed: Any = None, **more: Any
) -> MixpanelResponse:
    """A response of /import."""
    body = {"code": status, "num_records_imported": imported, "failed_records": failed, **more}
    return response_of(status, body)
