"""The regulations API and the function that deletes users, through their handlers."""

import base64
import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from rudder_mixpanel.regulations.repository import DynamoRegulationRepository
from tests.build import TOKEN
from tests.functions.conftest import NOW
from tests.functions.regulations import TOKENS, RegulationsFunctions, deletion, suppression


def test_regulation_has_rudderstacks_fields(regulations: RegulationsFunctions) -> None:
    """One regulation for each user, with fields of ours."""
    response = regulations.request_deletion("ann")
    [regulation] = response.json()
    assert (
        response.status_code,
        len(regulation.pop("id")),
        len(regulation.pop("requestId")),
        regulation,
    ) == (
        201,
        36,
        36,
        {
            "workspaceId": "",
            "canceled": False,
            "regulationType": "suppress_with_delete",
            "attributes": {"userId": "ann"},
            "destinationIds": ["default"],
            "createdAt": "2027-01-01T00:00:00Z",
            "createdBy": "privacy",
            "effectiveAt": "2027-01-01T00:01:05Z",
            "state": "waiting",
        },
    )


def test_other_destinations_are_listed_as_not_handled_here(
    regulations: RegulationsFunctions,
) -> None:
    """Other stacks handle them; the report says so as well."""
    [regulation] = regulations.request_deletion(
        "ann", destinationIds=["other", "default", "third"]
    ).json()
    report = regulations.call("GET", f"/v2/regulations/{regulation['id']}/report").json()
    lists = (
        regulation["destinationIds"],
        regulation["notHandledHere"],
        report["regulation"]["notHandledHere"],
    )
    assert lists == (["other", "default", "third"], ["other", "third"], ["other", "third"])


def test_users_are_suppressed_before_the_response(regulations: RegulationsFunctions) -> None:
    """By every identifier that the settings name for deletions."""
    body = suppression()
    body["users"] = [{"userId": "ann", "anonymousId": "device", "email": "ann@example.com"}]
    regulations.call("POST", "/v2/regulations", body)
    assert regulations.suppressed("ann", "device", "ann@example.com", "bob") == {
        "ann": True,
        "device": True,
        "ann@example.com": False,
        "bob": False,
    }


def test_repeated_request_makes_the_same_regulations(regulations: RegulationsFunctions) -> None:
    """Also when a user is in a request with other users."""
    first = regulations.request_deletion("ann", "bob").json()
    again = regulations.request_deletion("ann", "bob").json()
    other = regulations.request_deletion("cy", "bob").json()
    assert (first == again, other[1]["id"] == first[1]["id"], other[0]["id"] in str(first)) == (
        True,
        True,
        False,
    )


def test_request_after_a_cancellation_makes_a_new_regulation(
    regulations: RegulationsFunctions,
) -> None:
    """The user is suppressed again."""
    [first] = regulations.request_deletion("ann").json()
    regulations.call("DELETE", f"/v2/regulations/{first['id']}")
    regulations.run_worker()
    after_cancellation = regulations.suppressed("ann")
    [second] = regulations.request_deletion("ann").json()
    actual = (after_cancellation, first["id"] != second["id"], regulations.suppressed("ann"))
    assert actual == ({"ann": False}, True, {"ann": True})


def test_request_during_a_cancellation_suppresses_the_user(
    regulations: RegulationsFunctions,
) -> None:
    """The new regulation holds when the first one is lifted."""
    [first] = regulations.request_deletion("ann").json()
    regulations.call("DELETE", f"/v2/regulations/{first['id']}")
    [second] = regulations.request_deletion("ann").json()
    regulations.run_worker()
    actual = (first["id"] != second["id"], regulations.suppressed("ann"))
    assert actual == (True, {"ann": True})


def test_cancellation_is_accepted_and_carried_out(regulations: RegulationsFunctions) -> None:
    """First it is cancelling, then canceled; to request it twice is not an error."""
    [regulation] = regulations.call("POST", "/v2/regulations", suppression("ann")).json()
    path = f"/v2/regulations/{regulation['id']}"
    responses = [regulations.call("DELETE", path).json() for _ in range(2)]
    regulations.run_worker()
    responses.append(regulations.call("GET", path).json())
    assert [(response["state"], response["canceled"]) for response in responses] == [
        ("cancelling", True),
        ("cancelling", True),
        ("canceled", True),
    ]


def test_deletion_sends_a_message_to_the_worker(regulations: RegulationsFunctions) -> None:
    """The message contains no data."""
    regulations.request_deletion("ann")
    queue = boto3.client("sqs").get_queue_url(QueueName="deletions.fifo")["QueueUrl"]
    [message] = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "there is work"


def test_users_are_hidden_from_callers_that_may_not_see_them(
    regulations: RegulationsFunctions,
) -> None:
    """A token has the permission or not."""
    [regulation] = regulations.request_deletion("ann").json()
    path = f"/v2/regulations/{regulation['id']}"
    hidden = regulations.call("GET", path).json()
    plain = regulations.call("GET", path, authorization=f"Bearer {TOKENS['viewer']}").json()
    assert (hidden["attributes"], len(hidden["pseudonyms"]), plain["attributes"]) == (
        {},
        1,
        {"userId": "ann"},
    )


def test_list_is_paged(regulations: RegulationsFunctions) -> None:
    """Each regulation once, in the order of their creation."""
    created = regulations.request_deletion(*[f"user-{index}" for index in range(150)]).json()
    regulations.set_clock(NOW + timedelta(seconds=1))
    created += regulations.request_deletion("last").json()
    first = regulations.call("GET", "/v2/regulations").json()
    second = regulations.call("GET", first["paging"]["next"]).json()
    listed = [regulation["id"] for regulation in first["data"] + second["data"]]
    assert (len(first["data"]), listed, second["paging"]) == (
        100,
        [regulation["id"] for regulation in created],
        {},
    )


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/search")])
def test_list_has_regulations_that_are_being_accepted(
    regulations: RegulationsFunctions, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    """Also when the process that accepts them has died."""
    responses: list[Any] = []

    def interrupted(_: object, __: object) -> Any:
        responses.append(regulations.call(method, f"/v2/regulations{path}", "{}").json()["data"])
        raise KeyboardInterrupt

    monkeypatch.setattr(DynamoRegulationRepository, "enter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        regulations.request_deletion("ann")
    [[regulation]] = responses
    assert (regulation["state"], regulation["effectiveAt"], regulation["pseudonyms"]) == (
        "accepting",
        None,
        [],
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"userId": "ann"}, 2),
        ({"userId": "ann", "state": "suppressed"}, 1),
        ({"state": "waiting"}, 2),
        ({"userId": "nobody"}, 0),
        ({}, 3),
    ],
)
def test_search_finds(regulations: RegulationsFunctions, query: dict[str, Any], count: int) -> None:
    """By user, by state, or by both."""
    regulations.request_deletion("ann", "bob")
    regulations.call("POST", "/v2/regulations", suppression("ann"))
    response = regulations.call("POST", "/v2/regulations/search", query).json()
    assert len(response["data"]) == count


MANY_IDS = ["default", *(f"{n:027}" for n in range(9))]
BAD_FIELDS: list[tuple[Any, str]] = [
    ({}, "regulationType"),
    (deletion("ann", regulationType="delete"), "regulationType"),
    (deletion("ann", regulationType=1), "regulationType"),
    (deletion("ann", regulationType=["suppress"]), "regulationType"),
    (deletion("ann", destinationIds=None), "destinationIds"),
    (deletion("ann", destinationIds=[]), "destinationIds"),
    (deletion("ann", destinationIds="default"), "destinationIds"),
    (deletion("ann", destinationIds=[1]), "destinationIds"),
    (deletion("ann", destinationIds=["default", "d" * 101]), "destinationIds"),
    (deletion("ann", destinationIds=["default", *map(str, range(100))]), "destinationIds"),
    (deletion("ann", sourceIds=["s"]), "sourceIds"),
    (suppression("ann", destinationIds=["default"]), "destinationIds"),
    (suppression("ann", sourceIds={}), "sourceIds"),
    (deletion(), "users"),
    (deletion(users=None), "users"),
    (deletion(users={"userId": "ann"}), "users"),
    (deletion(users=["ann"]), "users[0]"),
    (deletion(users=[{"email": "a@example.com"}]), "users[0].userId"),
    (deletion(users=[{"userId": 7}]), "users[0].userId"),
    (deletion("ann", ""), "users[1].userId"),
    (deletion("ann", "null"), "users[1].userId"),
    (deletion(users=[{"userId": "ann", "email": []}]), "users[0]"),
    (deletion(users=[{"userId": "a" * 501}]), "users[0]"),
    (deletion(users=[{"userId": "ann", **{str(i): "x" for i in range(20)}}]), "users[0]"),
]


@pytest.mark.parametrize(("body", "field"), BAD_FIELDS)
def test_wrong_field_is_named(regulations: RegulationsFunctions, body: Any, field: str) -> None:
    """Its value is not repeated, and no user is suppressed."""
    response = regulations.call("POST", "/v2/regulations", body)
    error = response.json()
    actual = (response.status_code, error["code"], error["field"], regulations.suppressed("ann"))
    assert actual == (400, "INVALID_FIELD", field, {"ann": False})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "NOT_JSON"),
        ("{", 400, "NOT_JSON"),
        ("[]", 400, "NOT_JSON"),
        ('"text"', 400, "NOT_JSON"),
        (deletion("ann", destinationIds=["other"]), 400, "WRONG_DESTINATION"),
        (deletion(*map(str, range(5, 10_006))), 413, "TOO_MANY_USERS"),
        (deletion(*map(str, range(5, 10_005)), destinationIds=MANY_IDS), 413, "TOO_MANY_USERS"),
        (json.dumps(deletion("a" * 5_000_000)), 413, "TOO_LARGE"),
    ],
)
def test_wrong_body_is_refused(
    regulations: RegulationsFunctions, body: Any, status: int, code: str
) -> None:
    """With an error code."""
    response = regulations.call("POST", "/v2/regulations", body)
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKENS['privacy']}", TOKENS["privacy"]],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/regulations"),
        ("GET", "/v2/regulations"),
        ("POST", "/v2/regulations/search"),
        ("GET", "/v2/regulations/x"),
        ("DELETE", "/v2/regulations/x"),
        ("GET", "/v2/regulations/x/report"),
    ],
)
def test_every_path_needs_a_token(
    regulations: RegulationsFunctions, method: str, path: str, authorization: str
) -> None:
    """For every method."""
    response = regulations.call(method, path, "{}", authorization=authorization)
    assert (response.status_code, response.json()["code"]) == (401, "UNAUTHORIZED")


def put_tokens(*names: str) -> None:
    """Write these tokens to the secret."""
    tokens = [{"name": name, "token": name * 32} for name in names]
    boto3.client("secretsmanager").put_secret_value(
        SecretId="tokens", SecretString=json.dumps({"tokens": tokens})
    )


@pytest.mark.parametrize(
    ("names", "statuses"), [("ab", [200, 200]), ("b", [401, 200]), ("abc", [503, 503])]
)
def test_two_tokens_are_valid_at_a_time(
    regulations: RegulationsFunctions, names: str, statuses: list[int]
) -> None:
    """So that one can replace the other without a gap; three are a configuration error."""
    put_tokens(*names)
    actual = [
        regulations.call("GET", "/v2/regulations", authorization=f"Bearer {name * 32}").status_code
        for name in "ab"
    ]
    assert actual == statuses


def test_expired_token_is_wrong(regulations: RegulationsFunctions) -> None:
    """From its date on."""
    tokens = [{"name": "old", "token": "o" * 32, "expires": "2026-12-31"}]
    boto3.client("secretsmanager").put_secret_value(
        SecretId="tokens", SecretString=json.dumps({"tokens": tokens})
    )
    response = regulations.call("GET", "/v2/regulations", authorization=f"Bearer {'o' * 32}")
    assert response.status_code == 401


@pytest.mark.parametrize("secret", ["{}", "no json", '{"tokens": [{"token": "short"}]}'])
def test_api_without_valid_tokens_is_not_configured(
    regulations: RegulationsFunctions, secret: str
) -> None:
    """It refuses every request with an error code of its own."""
    boto3.client("secretsmanager").put_secret_value(SecretId="tokens", SecretString=secret)
    response = regulations.call("GET", "/v2/regulations")
    assert (response.status_code, response.json()["code"]) == (503, "NOT_CONFIGURED")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/regulations/unknown"),
        ("DELETE", "/v2/regulations/unknown"),
        ("GET", "/v2/regulations/unknown/report"),
        ("GET", "/elsewhere"),
        ("PUT", "/v2/regulations"),
    ],
)
def test_unknown_path_is_not_found(
    regulations: RegulationsFunctions, method: str, path: str
) -> None:
    """With an error code."""
    response = regulations.call(method, path)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_missing_table_is_unavailable(regulations: RegulationsFunctions) -> None:
    """Nothing is promised, and the caller may repeat the request."""
    boto3.client("dynamodb").delete_table(TableName="suppressions")
    response = regulations.request_deletion("ann")
    assert (response.status_code, response.json()["code"]) == (503, "UNAVAILABLE")


def basic(token: str = TOKENS["privacy"]) -> str:
    """Basic authentication, as from the user info of a URL."""
    return f"Basic {base64.b64encode(f'worker:{token}'.encode()).decode()}"


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


def test_other_settings_make_another_regulation(regulations: RegulationsFunctions) -> None:
    """A regulation covers the identifiers that the settings name at its time."""
    users = [{"userId": "ann", "email": "ann@example.com"}]
    [before] = regulations.call("POST", "/v2/regulations", deletion(users=users)).json()
    regulations.set_settings(deletionIdentifiers=["email"])
    [after] = regulations.call("POST", "/v2/regulations", deletion(users=users)).json()
    actual = (before["id"] == after["id"], regulations.suppressed("ann@example.com"))
    assert actual == (False, {"ann@example.com": True})


@pytest.mark.parametrize("authorization", ["", basic("wrong"), "Basic §", "Basic !"])
def test_regulation_worker_needs_its_password(
    regulations: RegulationsFunctions, authorization: str
) -> None:
    """The job fails, and the worker repeats it."""
    response = regulations.call("POST", "/deleteUsers", [job()], authorization=authorization)
    assert (response.status_code, response.json()[0]["statusCode"]) == (401, 401)


def test_features_name_mixpanel(regulations: RegulationsFunctions) -> None:
    """As the transformer's features do; the path needs no token."""
    response = regulations.call("GET", "/features", authorization="")
    assert response.json() == {"regulations": ["MP"]}
