"""The API for RudderStack's regulation worker, and the worker itself in front of it."""

from typing import Any

import boto3
import pytest

from tests.build import TOKEN
from tests.fakes.regulation_worker import RegulationWorker, WorkerJob
from tests.functions.regulations import TOKENS, RegulationsFunctions, basic

GDPR_TOKEN = "gdpr-of-the-config"


def job(**changes: Any) -> dict[str, Any]:
    """A job of RudderStack's regulation worker; keyword arguments override its fields."""
    users = [{"userId": "ann", "email": "ann@example.com"}]
    return {
        "jobId": "1",
        "destType": "mp",
        "config": {"token": TOKEN, "userDeletionApi": "task"},
        "userAttributes": users,
        **changes,
    }


def config(**changes: Any) -> dict[str, Any]:
    """The Config in a job; keyword arguments override its fields."""
    return {"token": TOKEN, "userDeletionApi": "task", "gdprApiToken": GDPR_TOKEN, **changes}


def worker_of(regulations: RegulationsFunctions, token: str = TOKENS["worker"]) -> RegulationWorker:
    """A worker in front of the functions, which has polled the features."""

    def send(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        response = regulations.call(
            method, path, body.decode() or None, authorization=headers.get("Authorization", "")
        )
        return response.status_code, response.content

    worker = RegulationWorker(f"https://worker:{token}@stack.test", send)
    worker.pass_time(0)
    return worker


def states(regulations: RegulationsFunctions) -> list[str]:
    """The states of all regulations."""
    listed = regulations.call("GET", "/v2/regulations").json()["data"]
    return [regulation["state"] for regulation in listed]


@pytest.mark.parametrize(
    ("changes", "status", "created"),
    [
        ({}, "complete", 1),
        ({"failed_attempts": 4}, "complete", 1),
        ({"users": [{"userId": "ann"}, {"email": "a@example.com"}]}, "complete", 1),
        ({"users": [{"anonymousId": "device"}]}, "complete", 0),
        ({"users": []}, "complete", 0),
        ({"config": config(token="other")}, "failed", 0),
        ({"config": config(userDeletionApi="engage")}, "failed", 0),
        ({"config": {"token": TOKEN}}, "failed", 0),
        ({"config": config(token="other"), "failed_attempts": 4}, "aborted", 0),
        ({"destination": "GA"}, "aborted", 0),
    ],
)
def test_worker_completes_the_jobs_that_are_accepted(
    regulations: RegulationsFunctions, changes: dict[str, Any], status: str, created: int
) -> None:
    """And no others: a job that this stack would carry out in another way stays failed."""
    worker = worker_of(regulations)
    fields: dict[str, Any] = {"users": [{"userId": "ann"}], "config": config()}
    result = worker.process(WorkerJob(**fields | changes))
    assert (result, states(regulations)) == (status, ["waiting"] * created)


def test_worker_survives_every_poll(regulations: RegulationsFunctions) -> None:
    """For an hour."""
    worker = worker_of(regulations)
    worker.pass_time(3600)
    assert (worker.died, worker.process(WorkerJob(users=[], config=config()))) == (
        False,
        "complete",
    )


@pytest.mark.parametrize("secret", ["{}", "no json"])
def test_features_need_neither_token_nor_secret(
    regulations: RegulationsFunctions, secret: str
) -> None:
    """A failure there would make the worker abort all jobs; so they only fail."""
    boto3.client("secretsmanager").put_secret_value(SecretId="tokens", SecretString=secret)
    worker = worker_of(regulations, "wrong")
    assert worker.process(WorkerJob(users=[{"userId": "ann"}], config=config())) == "failed"


def test_features_are_those_of_the_transformer(regulations: RegulationsFunctions) -> None:
    """With its flags, and Mixpanel as the only destination."""
    response = regulations.call("GET", "/features", authorization="")
    assert (response.status_code, response.json()) == (
        200,
        {
            "regulations": ["MP"],
            "supportSourceTransformV1": True,
            "supportTransformerProxyV1": True,
            "upgradedToSourceTransformV2": True,
            "supportDestTransformCompactedPayloadV1": True,
        },
    )


@pytest.mark.parametrize("api", ["engage", "", None])
def test_job_for_profiles_is_carried_out_by_a_stack_that_deletes_profiles(
    regulations: RegulationsFunctions, api: str | None
) -> None:
    """Which is RudderStack's default."""
    regulations.set_settings(userDeletionApi="engage")
    body = [job(config=config(userDeletionApi=api))]
    response = regulations.call("POST", "/deleteUsers", body, authorization=basic())
    assert response.status_code == 200


@pytest.mark.parametrize("name", ["mp", "MP", "Mp", "mP"])
def test_destination_is_named_in_any_case(regulations: RegulationsFunctions, name: str) -> None:
    """The worker sends lower case."""
    body = [job(destType=name)]
    assert regulations.call("POST", "/deleteUsers", body, authorization=basic()).status_code == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([job(config={})], "API Token is a required field for user deletion"),
        (
            [job(config=config(token="other"))],
            "the config is of another project than this stack's",
        ),
        (
            [job(config={"token": TOKEN})],
            (
                "userDeletionApi is engage in the config of the job, "
                "but task in the settings of this stack"
            ),
        ),
        (
            [job(config=config(userDeletionApi="s3cret"))],
            "userDeletionApi: expected one of engage, task, got other text",
        ),
        ([job(userAttributes={})], "userAttributes is not an array"),
        ([job(destType="ga")], "destination not supported"),
        ([job(userAttributes=[{"userId": 7}])], "userAttributes[0].userId: expected text"),
    ],
)
def test_regulation_worker_gets_an_error_message(
    regulations: RegulationsFunctions, body: Any, error: str
) -> None:
    """In the transformer's words where it has some; no value of the job is repeated."""
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
        ([job(destType="ga")], 404),
        ([job(destType=None)], 400),
        ([job(config={})], 400),
        ([job(config=[])], 400),
        ([job(config={"token": "other"})], 400),
        ([job(config={"token": "\ud800"})], 400),
        ([job(userAttributes={})], 400),
        ([], 400),
        (job(), 400),
        ("{", 400),
        ("", 400),
    ],
)
def test_regulation_worker_gets_an_array(
    regulations: RegulationsFunctions, body: Any, status: int
) -> None:
    """The element has the status; only 200 is successful, and no job for Mixpanel gets 404."""
    response = regulations.call("POST", "/deleteUsers", body, authorization=basic())
    result = response.json()[0]
    assert (response.status_code, result["statusCode"], result.get("status") == "successful") == (
        status,
        status,
        status == 200,
    )


@pytest.mark.parametrize(
    ("jobs", "status", "statuses"),
    [
        ([job(), job(jobId="2")], 200, [200, 200]),
        ([job(), job(config={})], 400, [200, 400]),
        ([job(destType="ga"), job(config={})], 400, [404, 400]),
        ([job(destType="ga"), job()], 400, [404, 200]),
        ([job(destType="ga"), job(destType="af")], 404, [404, 404]),
    ],
)
def test_failing_job_does_not_hide_behind_an_accepted_one(
    regulations: RegulationsFunctions, jobs: Any, status: int, statuses: list[int]
) -> None:
    """And an accepted one is not aborted for another's sake."""
    response = regulations.call("POST", "/deleteUsers", jobs, authorization=basic())
    actual = [result["statusCode"] for result in response.json()]
    assert (response.status_code, actual) == (status, statuses)


def test_regulation_worker_suppresses_and_deletes(regulations: RegulationsFunctions) -> None:
    """Its users become a regulation like any other, which refers to the job."""
    regulations.call("POST", "/deleteUsers", [job(jobId="123")], authorization=basic())
    [regulation] = regulations.call("GET", "/v2/regulations").json()["data"]
    assert (
        regulation["regulationType"],
        regulation["reference"],
        regulation["submittedBy"],
        regulations.suppressed("ann"),
    ) == ("suppress_with_delete", "worker job 123", "worker", {"ann": True})


def test_job_with_a_hostile_id_has_no_reference(regulations: RegulationsFunctions) -> None:
    """It is accepted all the same."""
    body = [job(jobId="1\n" * 60)]
    status = regulations.call("POST", "/deleteUsers", body, authorization=basic()).status_code
    [regulation] = regulations.call("GET", "/v2/regulations").json()["data"]
    assert (status, regulation["reference"]) == (200, "")


def test_config_of_a_job_is_neither_stored_nor_logged(
    regulations: RegulationsFunctions,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nor is it in the response, whether the job is accepted or not."""
    jobs = [job(config=config(apiSecret="s3cret")), job(config=config(token="s3cret-other"))]
    response = regulations.call("POST", "/deleteUsers", jobs, authorization=basic())
    dynamodb = boto3.client("dynamodb")
    stored = [dynamodb.scan(TableName=name)["Items"] for name in ("regulations", "suppressions")]
    chunks = [
        regulations.app("regulations_api")["dependencies"]().repository.load(
            item["id"]["S"].removeprefix("chunk#")
        )
        for item in stored[0]
        if item["id"]["S"].startswith("chunk#")
    ]
    everything = f"{response.text} {stored} {chunks} {caplog.text} {capsys.readouterr()}"
    found = [secret for secret in ("s3cret", GDPR_TOKEN, TOKEN) if secret in everything]
    assert (len(chunks), found) == (1, [])


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


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        (basic("wrong"), 401),
        ("Basic §", 401),
        ("Basic !", 401),
        (f"Bearer {TOKENS['worker']}", 401),
        (basic(TOKENS["privacy"]), 403),
    ],
)
def test_regulation_worker_needs_its_password(
    regulations: RegulationsFunctions, authorization: str, status: int
) -> None:
    """The job fails, and the worker repeats it."""
    response = regulations.call("POST", "/deleteUsers", [job()], authorization=authorization)
    assert (response.status_code, response.json()[0]["statusCode"]) == (status, status)


def test_dynamic_token_of_the_settings_is_compared_as_rudderstack_stores_it(
    regulations: RegulationsFunctions,
) -> None:
    """A job has the Config without an event that could fill it in."""
    token = "{{ event.context.token || spare }}"
    regulations.set_settings(token=token)
    body = [job(config=config(token=token))]
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
