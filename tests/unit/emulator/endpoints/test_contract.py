"""Responses have the documented shapes, or those seen in exchanges with the real API."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import (
    EXPORTED,
    TOKEN,
    AsgiClient,
    event,
    group_update,
    json_body,
    tracked,
    update,
)

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def shape(**properties: Any) -> dict[str, Any]:
    """Build the schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


RECEIVED = shape(code=WHOLE, num_records_imported=WHOLE, status=TEXT)
INVALID = shape(
    code=WHOLE,
    error=TEXT,
    status=TEXT,
    num_records_imported=WHOLE,
    failed_records={
        "type": "array",
        "items": shape(index={"type": "number"}, insert_id=TEXT, field=TEXT, message=TEXT),
    },
)
# Observed: a message instead of the record.
IDENTITY_REJECTED = INVALID | {
    "properties": INVALID["properties"] | {"failed_records": {"type": "array", "items": TEXT}}
}
REJECTED = shape(code=WHOLE, error=TEXT, status=TEXT)
NUMBER = {"enum": [0, 1]}
VERBOSE = shape(error={"type": ["string", "null"]}, status=NUMBER)
APP_ERROR = shape(error=TEXT, status={"const": "error"})
JOB_RESULT = shape(
    tracking_id=TEXT,
    status={
        "enum": [
            "PENDING",
            "STAGING",
            "STARTED",
            "SUCCESS",
            "FAILURE",
            "REVOKED",
            "NOT_FOUND",
            "UNKNOWN",
        ]
    },
    requesting_user=TEXT,
    compliance_type=TEXT,
    project_id={"type": "number"},
    date_requested=TEXT,
    distinct_ids={"type": "array", "items": TEXT},
)
JOB = shape(status={"const": "ok"}, results=JOB_RESULT)
JOB_CREATED = shape(
    status={"const": "ok"},
    results={"type": "object", "properties": {"task_id": TEXT}, "required": ["task_id"]},
)
# Observed, not documented.
CONFLICT = shape(
    status={"const": "error"},
    error=shape(
        conflicting_distinct_ids={"type": "array", "items": TEXT},
        conflicting_task_ids={"type": "array", "items": TEXT},
        error=TEXT,
    ),
)


def fits(response: Any, status: int, schema: dict[str, Any]) -> bool:
    """Whether a response has this status and shape."""
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(response.json())]
    assert (response.status_code, errors) == (status, [])
    return True


@pytest.mark.parametrize(
    ("records", "auth", "status", "schema"),
    [
        ([event()], (TOKEN, ""), 200, RECEIVED),
        ([event(), event(name=""), {}], (TOKEN, ""), 400, INVALID),
        ([], (TOKEN, ""), 400, REJECTED),
        (b"{", (TOKEN, ""), 400, REJECTED),
        ([event()], None, 401, REJECTED),
        ([event({"text": "x" * 2000})], (TOKEN, ""), 413, REJECTED),
        ([event()] * 11, (TOKEN, ""), 429, REJECTED),
    ],
)
def test_responses_of_import(records: Any, auth: Any, status: int, schema: dict[str, Any]) -> None:
    """Each status of import has its own shape."""
    client = AsgiClient(Project(max_body=1500, records_per_minute=10))
    assert fits(client.import_events(records, auth=auth), status, schema)


def test_responses_to_identity_events() -> None:
    """A simplified project lists a message instead of a record."""
    response = AsgiClient(Project(id_mode="simplified")).import_events([event(name="$merge")])
    assert fits(response, 400, IDENTITY_REJECTED)


@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("/track", tracked()),
        ("/engage", update(set={})),
        ("/groups", group_update(set={})),
        ("/track", 7),
    ],
)
def test_responses_of_token_endpoints(path: str, record: Any) -> None:
    """With `verbose` they return an error and a number, else the number alone."""
    client = AsgiClient()
    verbose = client.call("POST", f"{path}?verbose=1&ip=0", **json_body([record]))
    terse = client.call("POST", f"{path}?ip=0", **json_body([record]))
    assert fits(verbose, 200, VERBOSE)
    assert fits(terse, 200, NUMBER)


def test_responses_of_deletions() -> None:
    """Creation, status, conflict and errors have their shapes; cancelling has an empty body."""
    client = AsgiClient()
    response = client.delete_users(["user-1"])
    tracking_id = response.json()["results"]["task_id"]
    assert fits(response, 201, JOB_CREATED)
    assert fits(client.task("GET", tracking_id), 200, JOB)
    assert fits(client.task("GET", "no-such-task"), 200, JOB)
    assert fits(client.delete_users(["user-1"]), 409, CONFLICT)
    assert fits(client.delete_users([]), 400, APP_ERROR)
    assert fits(client.delete_users(["user-2"], bearer="nonsense"), 401, APP_ERROR)
    assert fits(client.delete_users(["user-2"], query="token=nonsense"), 403, APP_ERROR)
    assert client.task("DELETE", tracking_id).content == b""
    assert fits(client.task("DELETE", tracking_id), 405, APP_ERROR)


def test_responses_of_the_export() -> None:
    """Each row has a name and properties; errors have the shape of the app."""
    client = AsgiClient(EXPORTED)
    client.import_events([event()])
    assert fits(client.export(), 200, shape(event=TEXT, properties={"type": "object"}))
    assert fits(client.export(from_date=None), 400, APP_ERROR)
    assert fits(client.export(auth=None), 401, APP_ERROR)
