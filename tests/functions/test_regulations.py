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


def test_regulation_is_answered_in_rudderstacks_shape(regulations: RegulationsFunctions) -> None:
    """One for each user, with what we add to it."""
    said = regulations.request_deletion("ann")
    [one] = said.json()
    assert (said.status_code, len(one.pop("id")), len(one.pop("requestId")), one) == (
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


def test_other_destinations_are_answered_as_not_handled_here(
    regulations: RegulationsFunctions,
) -> None:
    """Their own stacks have to be asked; the report says so as well."""
    [one] = regulations.request_deletion("ann", destinationIds=["other", "default", "third"]).json()
    report = regulations.call("GET", f"/v2/regulations/{one['id']}/report").json()
    told = (one["destinationIds"], one["notHandledHere"], report["regulation"]["notHandledHere"])
    assert told == (["other", "default", "third"], ["other", "third"], ["other", "third"])


def test_users_are_suppressed_when_it_answers(regulations: RegulationsFunctions) -> None:
    """By every identifier that the settings say deletes them."""
    body = suppression()
    body["users"] = [{"userId": "ann", "anonymousId": "device", "email": "ann@example.com"}]
    regulations.call("POST", "/v2/regulations", body)
    assert regulations.suppressed("ann", "device", "ann@example.com", "bob") == {
        "ann": True,
        "device": True,
        "ann@example.com": False,
        "bob": False,
    }


def test_same_request_makes_one_set(regulations: RegulationsFunctions) -> None:
    """Whether it comes again as a whole, or in other company."""
    first = regulations.request_deletion("ann", "bob").json()
    again = regulations.request_deletion("ann", "bob").json()
    other = regulations.request_deletion("cy", "bob").json()
    assert (first == again, other[1]["id"] == first[1]["id"], other[0]["id"] in str(first)) == (
        True,
        True,
        False,
    )


def test_cancelled_does_not_count(regulations: RegulationsFunctions) -> None:
    """Whoever asks again means it."""
    [first] = regulations.request_deletion("ann").json()
    regulations.call("DELETE", f"/v2/regulations/{first['id']}")
    regulations.run_worker()
    free = regulations.suppressed("ann")
    [second] = regulations.request_deletion("ann").json()
    found = (free, first["id"] != second["id"], regulations.suppressed("ann"))
    assert found == ({"ann": False}, True, {"ann": True})


def test_who_asks_again_while_it_is_cancelled_is_suppressed(
    regulations: RegulationsFunctions,
) -> None:
    """What is about to be lifted counts no more; the new one holds."""
    [first] = regulations.request_deletion("ann").json()
    regulations.call("DELETE", f"/v2/regulations/{first['id']}")
    [second] = regulations.request_deletion("ann").json()
    regulations.run_worker()
    found = (first["id"] != second["id"], regulations.suppressed("ann"))
    assert found == (True, {"ann": True})


def test_cancellation_is_answered_and_carried_out(regulations: RegulationsFunctions) -> None:
    """First as cancelling, then as canceled; asking for it twice is no mistake."""
    [one] = regulations.call("POST", "/v2/regulations", suppression("ann")).json()
    path = f"/v2/regulations/{one['id']}"
    said = [regulations.call("DELETE", path).json() for _ in range(2)]
    regulations.run_worker()
    said.append(regulations.call("GET", path).json())
    assert [(told["state"], told["canceled"]) for told in said] == [
        ("cancelling", True),
        ("cancelling", True),
        ("canceled", True),
    ]


def test_deletion_wakes_its_function(regulations: RegulationsFunctions) -> None:
    """With a message that says nothing about anybody."""
    regulations.request_deletion("ann")
    queue = boto3.client("sqs").get_queue_url(QueueName="deletions.fifo")["QueueUrl"]
    [message] = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "there is work"


def test_users_are_hidden_from_who_may_not_see_them(regulations: RegulationsFunctions) -> None:
    """A token says whether it may."""
    [one] = regulations.request_deletion("ann").json()
    path = f"/v2/regulations/{one['id']}"
    hidden = regulations.call("GET", path).json()
    plain = regulations.call("GET", path, authorization=f"Bearer {TOKENS['viewer']}").json()
    assert (hidden["attributes"], len(hidden["pseudonyms"]), plain["attributes"]) == (
        {},
        1,
        {"userId": "ann"},
    )


def test_list_is_paged(regulations: RegulationsFunctions) -> None:
    """Each regulation once, in the order in which they came."""
    asked = regulations.request_deletion(*[f"user-{index}" for index in range(150)]).json()
    regulations.set_clock(NOW + timedelta(seconds=1))
    asked += regulations.request_deletion("last").json()
    first = regulations.call("GET", "/v2/regulations").json()
    second = regulations.call("GET", first["paging"]["next"]).json()
    found = [one["id"] for one in first["data"] + second["data"]]
    assert (len(first["data"]), found, second["paging"]) == (
        100,
        [one["id"] for one in asked],
        {},
    )


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/search")])
def test_list_has_what_is_being_accepted(
    regulations: RegulationsFunctions, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    """Also when whoever accepts it has died."""
    said: list[Any] = []

    def interrupted(_: object, __: object) -> Any:
        said.append(regulations.call(method, f"/v2/regulations{path}", "{}").json()["data"])
        raise KeyboardInterrupt

    monkeypatch.setattr(DynamoRegulationRepository, "enter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        regulations.request_deletion("ann")
    [[one]] = said
    assert (one["state"], one["effectiveAt"], one["pseudonyms"]) == ("accepting", None, [])


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"userId": "ann"}, 2),
        ({"userId": "ann", "state": "suppressed"}, 1),
        ({"state": "waiting"}, 2),
        ({"userId": "nobody"}, 0),
        ({}, 3),
    ],
)
def test_search_finds(
    regulations: RegulationsFunctions, wanted: dict[str, Any], count: int
) -> None:
    """By user, by state, or both."""
    regulations.request_deletion("ann", "bob")
    regulations.call("POST", "/v2/regulations", suppression("ann"))
    said = regulations.call("POST", "/v2/regulations/search", wanted).json()
    assert len(said["data"]) == count


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
    """And its value is not repeated; nobody is suppressed."""
    said = regulations.call("POST", "/v2/regulations", body)
    told = said.json()
    found = (said.status_code, told["code"], told["field"], regulations.suppressed("ann"))
    assert found == (400, "INVALID_FIELD", field, {"ann": False})


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
    """In one shape."""
    said = regulations.call("POST", "/v2/regulations", body)
    assert (said.status_code, said.json()["code"]) == (status, code)


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
def test_nobody_without_a_token_is_answered(
    regulations: RegulationsFunctions, method: str, path: str, authorization: str
) -> None:
    """Whatever is asked."""
    said = regulations.call(method, path, "{}", authorization=authorization)
    assert (said.status_code, said.json()["code"]) == (401, "UNAUTHORIZED")


def put_tokens(*names: str) -> None:
    """Let these be the tokens."""
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
    """So that one can take the place of the other without a gap; a third one is a mistake."""
    put_tokens(*names)
    said = [
        regulations.call("GET", "/v2/regulations", authorization=f"Bearer {name * 32}").status_code
        for name in "ab"
    ]
    assert said == statuses


def test_expired_token_is_wrong(regulations: RegulationsFunctions) -> None:
    """From the moment that it says."""
    tokens = [{"name": "old", "token": "o" * 32, "expires": "2026-12-31"}]
    boto3.client("secretsmanager").put_secret_value(
        SecretId="tokens", SecretString=json.dumps({"tokens": tokens})
    )
    said = regulations.call("GET", "/v2/regulations", authorization=f"Bearer {'o' * 32}")
    assert said.status_code == 401


@pytest.mark.parametrize("secret", ["{}", "no json", '{"tokens": [{"token": "short"}]}'])
def test_stack_without_tokens_says_so(regulations: RegulationsFunctions, secret: str) -> None:
    """It lets nobody in, and is not silent about it."""
    boto3.client("secretsmanager").put_secret_value(SecretId="tokens", SecretString=secret)
    said = regulations.call("GET", "/v2/regulations")
    assert (said.status_code, said.json()["code"]) == (503, "NOT_CONFIGURED")


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
def test_what_is_not_there_is_not_found(
    regulations: RegulationsFunctions, method: str, path: str
) -> None:
    """In the same shape."""
    said = regulations.call(method, path)
    assert (said.status_code, said.json()["code"]) == (404, "NOT_FOUND")


def test_table_that_is_gone_is_no_success(regulations: RegulationsFunctions) -> None:
    """Nothing is promised, and whoever asks may ask again."""
    boto3.client("dynamodb").delete_table(TableName="suppressions")
    said = regulations.request_deletion("ann")
    assert (said.status_code, said.json()["code"]) == (503, "UNAVAILABLE")


def basic(token: str = TOKENS["privacy"]) -> str:
    """Basic auth as it comes from a URL's user info."""
    return f"Basic {base64.b64encode(f'worker:{token}'.encode()).decode()}"


def job(**changes: Any) -> dict[str, Any]:
    """A job of RudderStack's regulation worker."""
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
def test_regulation_worker_is_told_why(
    regulations: RegulationsFunctions, body: Any, error: str
) -> None:
    """In the transformer's words, where it has some."""
    said = regulations.call("POST", "/deleteUsers", body, authorization=basic())
    assert said.json()[0]["error"] == error


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
def test_regulation_worker_is_answered_in_arrays(
    regulations: RegulationsFunctions, body: Any, status: int
) -> None:
    """The first element's status is the status; 200 alone is successful."""
    said = regulations.call("POST", "/deleteUsers", body, authorization=basic())
    told = said.json()[0]
    assert (said.status_code, told["statusCode"], told.get("status") == "successful") == (
        status,
        status,
        status == 200,
    )


def test_regulation_worker_suppresses_and_deletes(regulations: RegulationsFunctions) -> None:
    """Its users are a regulation like any other."""
    regulations.call("POST", "/deleteUsers", [job()], authorization=basic())
    [one] = regulations.call("GET", "/v2/regulations").json()["data"]
    assert (one["regulationType"], regulations.suppressed("ann")) == (
        "suppress_with_delete",
        {"ann": True},
    )


def test_regulation_worker_is_told_whom_nobody_is_named_by(
    regulations: RegulationsFunctions,
) -> None:
    """The others are not left unsuppressed for their sake."""
    users = [{"userId": "null"}, {"userId": "ann"}, {"email": "a@example.com"}]
    said = regulations.call(
        "POST", "/deleteUsers", [job(userAttributes=users)], authorization=basic()
    )
    told = said.json()[0]["message"].partition("; 2 without")[1]
    assert (said.status_code, told, regulations.suppressed("ann")) == (
        200,
        "; 2 without",
        {"ann": True},
    )


def test_regulation_worker_is_answered_in_an_array_by_a_table_that_is_gone(
    regulations: RegulationsFunctions,
) -> None:
    """It tries again."""
    boto3.client("dynamodb").delete_table(TableName="suppressions")
    said = regulations.call("POST", "/deleteUsers", [job()], authorization=basic())
    assert (said.status_code, said.json()[0]["statusCode"]) == (503, 503)


def test_other_settings_make_another_regulation(regulations: RegulationsFunctions) -> None:
    """What is promised is about whom the settings mean now."""
    users = [{"userId": "ann", "email": "ann@example.com"}]
    [before] = regulations.call("POST", "/v2/regulations", deletion(users=users)).json()
    regulations.set_settings(deletionIdentifiers=["email"])
    [after] = regulations.call("POST", "/v2/regulations", deletion(users=users)).json()
    found = (before["id"] == after["id"], regulations.suppressed("ann@example.com"))
    assert found == (False, {"ann@example.com": True})


@pytest.mark.parametrize("authorization", ["", basic("wrong"), "Basic §", "Basic !"])
def test_regulation_worker_needs_its_password(
    regulations: RegulationsFunctions, authorization: str
) -> None:
    """The job fails, and is tried again."""
    said = regulations.call("POST", "/deleteUsers", [job()], authorization=authorization)
    assert (said.status_code, said.json()[0]["statusCode"]) == (401, 401)


def test_features_name_mixpanel(regulations: RegulationsFunctions) -> None:
    """As the transformer's do, and for everybody."""
    said = regulations.call("GET", "/features", authorization="")
    assert said.json() == {"regulations": ["MP"]}
