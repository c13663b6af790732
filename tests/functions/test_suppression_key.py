"""Every function fails closed when the table of suppressed users is of another key."""

import json
from typing import Any

import boto3
import pytest

from mixpanel_emulator import Emulator
from rudder_mixpanel.suppression import CHECK_TEXT, keyed_hash, pseudonym
from tests.build import sqs_record, track
from tests.functions.delivery import EMPTY, KEY_SECRET, DeliveryFunction, failures
from tests.functions.regulations import KEY, RegulationsFunctions

OTHER_KEY = "o" * 64


def put_check(key: str) -> None:
    """Begin the table with a key."""
    item: Any = {"id": {"S": "check"}, "check_value": {"S": keyed_hash(key.encode(), CHECK_TEXT)}}
    boto3.client("dynamodb").put_item(TableName="suppressions", Item=item)


def put_user(user: str) -> None:
    """Suppress a user, and nothing else."""
    item: Any = {"id": {"S": pseudonym(KEY.encode(), user)}, "holders": {"SS": ["regulation"]}}
    boto3.client("dynamodb").put_item(TableName="suppressions", Item=item)


def delete_check() -> None:
    """Take the check value out, as a table that is restored without it."""
    boto3.client("dynamodb").delete_item(TableName="suppressions", Key={"id": {"S": "check"}})


def items() -> list[Any]:
    """What the table holds."""
    return boto3.client("dynamodb").scan(TableName="suppressions")["Items"]


def invoke(function: DeliveryFunction) -> Any:
    """Deliver an event of the user ann."""
    return function.invoke({"Records": [sqs_record(track(userId="ann"), "record")]})


def reason_kept(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The codes and metrics in the log about a wrong key."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    codes = [line["code"] for line in lines if line.get("message") == "events kept"]
    return codes + [name for line in lines for name in line if name == "WrongSuppressionKey"]


def test_events_go_while_nobody_was_ever_suppressed(delivering: DeliveryFunction) -> None:
    """A new table has no check value."""
    assert (invoke(delivering), items()) == (EMPTY, [])


def test_event_of_a_suppressed_user_is_held_back_and_counted(
    delivering: DeliveryFunction, mixpanel: Emulator
) -> None:
    """The count belongs to the regulation, and tells nothing about the user."""
    put_check(KEY)
    put_user("ann")
    response = invoke(delivering)
    counts = [item["events"]["N"] for item in items() if item["id"]["S"] == "regulation"]
    assert (response, mixpanel.events(), counts) == (EMPTY, [], ["1"])


@pytest.mark.parametrize("case", ["changed key", "restored without the check value"])
def test_events_are_kept_when_the_table_is_of_another_key(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    """With a code and a metric of their own, which fires an alarm."""
    put_user("ann")
    if case == "changed key":
        put_check(KEY)
        boto3.client("secretsmanager").put_secret_value(SecretId=KEY_SECRET, SecretString=OTHER_KEY)
    response = invoke(delivering)
    assert (response, reason_kept(capsys)) == (
        failures("record"),
        ["WRONG_SUPPRESSION_KEY", "WrongSuppressionKey"],
    )


def test_first_regulation_begins_the_table(regulations: RegulationsFunctions) -> None:
    """From then on it has the check value of the key."""
    statuses = [regulations.request_deletion(user).status_code for user in ("ann", "bob")]
    checks = [item["check_value"]["S"] for item in items() if "check_value" in item]
    assert (statuses, checks) == ([201, 201], [keyed_hash(KEY.encode(), CHECK_TEXT)])


def reasons_logged(caplog: pytest.LogCaptureFixture) -> str:
    """The reasons in the log of the functions for regulations."""
    return " ".join(getattr(record, "reason", "") for record in caplog.records)


def refuse(regulations: RegulationsFunctions) -> tuple[int, str, int]:
    """Request a regulation; return status and code, and how many items the tables have then."""
    response = regulations.request_deletion("bob")
    stored = boto3.client("dynamodb").scan(TableName="regulations")["Items"]
    return response.status_code, response.json()["code"], len(items()) + len(stored)


@pytest.mark.parametrize("case", ["changed key", "restored without the check value"])
def test_no_regulation_is_accepted_for_a_table_of_another_key(
    regulations: RegulationsFunctions, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    """Nothing is written, and the log says why."""
    put_user("ann")
    if case == "changed key":
        put_check(OTHER_KEY)
    before = len(items())
    actual = refuse(regulations)
    is_said = "Wrong suppression key" in reasons_logged(caplog)
    assert (actual, is_said) == ((503, "NOT_CONFIGURED", before), True)


def test_nobody_is_searched_for_under_another_key(regulations: RegulationsFunctions) -> None:
    """The answer that there is no regulation about a user would be false."""
    regulations.request_deletion("ann")
    delete_check()
    response = regulations.call("POST", "/v2/regulations/search", {"userId": "ann"})
    assert (response.status_code, response.json()["code"]) == (503, "NOT_CONFIGURED")


def test_both_of_two_first_requests_are_accepted(
    regulations: RegulationsFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second begins and ends between the first one's look at the empty table and its write."""
    store = regulations.app("regulations_api")["dependencies"]().suppressions
    is_empty, responses = store.is_empty, list[Any]()

    def interrupted() -> bool:
        monkeypatch.setattr(store, "is_empty", is_empty)
        seen = is_empty()
        responses.append(regulations.request_deletion("bob"))
        return bool(seen)

    monkeypatch.setattr(store, "is_empty", interrupted)
    responses.append(regulations.request_deletion("ann"))
    statuses = [response.status_code for response in responses]
    assert (statuses, regulations.suppressed("ann", "bob")) == (
        [201, 201],
        {"ann": True, "bob": True},
    )


def test_worker_changes_no_suppression_in_a_table_without_check_value(
    regulations: RegulationsFunctions, caplog: pytest.LogCaptureFixture
) -> None:
    """It has no key; the cancellation waits until the table is repaired."""
    [regulation] = regulations.request_deletion("ann").json()
    path = f"/v2/regulations/{regulation['id']}"
    regulations.call("DELETE", path)
    delete_check()
    regulations.run_worker()
    is_said = "no check value" in reasons_logged(caplog)
    waiting = regulations.call("GET", path).json()["state"]
    put_check(KEY)
    regulations.run_worker()
    assert (is_said, waiting, regulations.call("GET", path).json()["state"]) == (
        True,
        "cancelling",
        "canceled",
    )
