"""The API for RudderStack's regulation worker."""

from typing import Any

import boto3
import pytest

from tests.build import TOKEN
from tests.functions.regulations import RegulationsFunctions, basic


def job(**changes: Any) -> dict[str, Any]:
    """A job of RudderStack's regulation worker; keyword arguments override its fields."""
    users = [{"userId": "ann", "email": "ann@example.com"}]
    return {
        "jobId": "1",
        "destType": "mp",
        "config": {"token": TOKEN},
        "userAttributes": users,
        **changes,
    }


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([job(config={})], "API Token is a required field for user deletion"),
        ([job(config={"token": "other"})], "the config is of another project than this stack's"),
        ([job(userAttributes={})], "userAttributes is not an array"),
        ([job(destType="ga")], "destination not supported"),
    ],
)
def test_regulation_worker_gets_an_error_message(
    regulations: RegulationsFunctions, body: Any, error: str
) -> None:
    """In the transformer's words where it has some."""
    response = regulations.call("POST", "/deleteUsers", body, authorization=basic())
    assert response.json()[0]["error"] == error


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([job()], 200),
        ([job(userAttributes=[{"email": "a@example.com"}])], 200),
        ([job(userAttributes=[])], 200),
        ([job(userAttributes=[{"userId": str(n)} for n in range(2, 10_003)])], 413),
        ([job(userAttributes=[{"userId": "ann"}, {"userId": 7}])], 400),
        ([job(destType="ga")], 405),
        ([job(config={})], 400),
        ([job(config={"token": "other"})], 400),
        ([job(userAttributes={})], 400),
        ([], 400),
        (job(), 400),
        ("{", 400),
    ],
)
def test_regulation_worker_gets_an_array(
    regulations: RegulationsFunctions, body: Any, status: int
) -> None:
    """The first element has the status; only 200 is successful."""
    response = regulations.call("POST", "/deleteUsers", body, authorization=basic())
    result = response.json()[0]
    assert (response.status_code, result["statusCode"], result.get("status") == "successful") == (
        status,
        status,
        status == 200,
    )


def test_regulation_worker_suppresses_and_deletes(regulations: RegulationsFunctions) -> None:
    """Its users become a regulation like any other."""
    regulations.call("POST", "/deleteUsers", [job()], authorization=basic())
    [regulation] = regulations.call("GET", "/v2/regulations").json()["data"]
    assert (regulation["regulationType"], regulations.suppressed("ann")) == (
        "suppress_with_delete",
        {"ann": True},
    )


def test_regulation_worker_gets_the_number_of_users_without_an_id(
    regulations: RegulationsFunctions,
) -> None:
    """The other users are suppressed all the same."""
    users = [{"userId": "null"}, {"userId": "ann"}, {"email": "a@example.com"}]
    response = regulations.call(
        "POST", "/deleteUsers", [job(userAttributes=users)], authorization=basic()
    )
    message = response.json()[0]["message"].partition("; 2 without")[1]
    assert (response.status_code, message, regulations.suppressed("ann")) == (
        200,
        "; 2 without",
        {"ann": True},
    )


def test_regulation_worker_gets_an_array_without_a_table(
    regulations: RegulationsFunctions,
) -> None:
    """The worker repeats the job."""
    boto3.client("dynamodb").delete_table(TableName="suppressions")
    response = regulations.call("POST", "/deleteUsers", [job()], authorization=basic())
    assert (response.status_code, response.json()[0]["statusCode"]) == (503, 503)


@pytest.mark.parametrize("authorization", ["", basic("wrong"), "Basic §", "Basic !"])
def test_regulation_worker_needs_its_password(
    regulations: RegulationsFunctions, authorization: str
) -> None:
    """The job fails, and the worker repeats it."""
    response = regulations.call("POST", "/deleteUsers", [job()], authorization=authorization)
    assert (response.status_code, response.json()[0]["statusCode"]) == (401, 401)


def test_dynamic_token_of_the_settings_is_compared_as_rudderstack_stores_it(
    regulations: RegulationsFunctions,
) -> None:
    """A job has the Config without an event that could fill it in."""
    token = "{{ event.context.token || spare }}"
    regulations.set_settings(token=token)
    body = [job(config={"token": token})]
    assert regulations.call("POST", "/deleteUsers", body, authorization=basic()).status_code == 200


def test_placeholder_as_the_token_of_the_settings_is_an_error(
    regulations: RegulationsFunctions, caplog: pytest.LogCaptureFixture
) -> None:
    """No job could name it, and the log says what to fix."""
    regulations.set_settings(token="{{ .TOKEN }}")
    response = regulations.call("POST", "/deleteUsers", [job()], authorization=basic())
    reasons = [record.reason for record in caplog.records if hasattr(record, "reason")]
    expected = "projectToken: expected the project's token in the secret, and no placeholder"
    assert (response.status_code, reasons) == (503, [expected])
