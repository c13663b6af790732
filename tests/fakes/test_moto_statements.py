"""Statements in moto, as corrected, and in MiniStack have the same results, and DynamoDB's shapes.

Both are reached over HTTP, through botocore and a proxy that loses responses.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any, Final

import boto3
import orjson
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from moto.server import ThreadedMotoServer

from rudder_mixpanel.aws.statements import (
    Statement,
    StatementOutcome,
    StatementResult,
    execute_statements,
)
from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.delivery.dynamo_ledger import DynamoLedger
from rudder_mixpanel.delivery.ledger import ALWAYS, Claim, Claimant, ClaimState
from rudder_mixpanel.profiles.dynamo_store import DynamoProfileStore
from rudder_mixpanel.profiles.history import History
from rudder_mixpanel.profiles.store import Release
from sandbox.aws import MINISTACK, local_aws
from tests.fakes.dynamodb import FakeTime, create_table
from tests.fakes.dynamodb_proxy import DynamoDbProxy

NUMBERS: Final = count()
OPERATION: Final = "BatchExecuteStatement"
DONE, FAILED = StatementOutcome.DONE, StatementOutcome.FAILED
FIRST = Claimant("first", now=1_000, deadline=1_090)
AFTER = Claimant("after", now=1_091, deadline=1_181)
KEYS: Final = [f"key {number}" for number in range(60)]
# An item with all kinds of attributes that the package writes
EXISTING: Final[Any] = {
    "id": {"S": "there"},
    "owner": {"S": "o'clock"},
    "state": {"S": "claimed"},
    "deadline": {"N": "5"},
    "history": {"B": b"\0bytes"},
}


@pytest.fixture(
    scope="module",
    params=[
        "moto",
        pytest.param(
            "ministack",
            marks=pytest.mark.skipif(not MINISTACK.exists(), reason="needs MiniStack: make setup"),
        ),
    ],
)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The URL of a DynamoDB, and a proxy in front of it."""
    if request.param == "ministack":
        with local_aws(tmp_path_factory.mktemp("aws")) as url, DynamoDbProxy(url) as proxy:
            yield proxy
        return
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with DynamoDbProxy(f"http://{host}:{port}") as proxy:
        yield proxy
    server.stop()


class Table:
    """A table with one item, and a client that holds every call to botocore's model."""

    def __init__(self, proxy: DynamoDbProxy) -> None:
        self.proxy = proxy
        self.name = f"test-Ledger.{next(NUMBERS)}"
        config = CLIENT_CONFIG.merge(Config(max_pool_connections=16, read_timeout=30))
        self.dynamodb: Any = boto3.client("dynamodb", endpoint_url=proxy.url, config=config)
        create_table(self.dynamodb, self.name)
        self.dynamodb.put_item(TableName=self.name, Item=EXISTING)
        self.wrong: list[str] = []
        self.dynamodb.meta.events.register(f"response-received.dynamodb.{OPERATION}", self.check)

    def check(self, response_dict: Any, **_: Any) -> None:
        """Note what of a response is not as the model says."""
        if response_dict is None or response_dict["status_code"] != 200:
            return
        body = orjson.loads(response_dict["body"])
        model = self.dynamodb.meta.service_model
        shape = model.operation_model(OPERATION).output_shape
        report = ParamValidator().validate(body, shape)
        self.wrong += [report.generate_report()] if report.has_errors() else []
        codes = model.shape_for("BatchStatementErrorCodeEnum").enum
        errors = (entry.get("Error") for entry in body["Responses"])
        self.wrong += [error["Code"] for error in errors if error and error["Code"] not in codes]

    def execute(self, *statements: tuple[str, Sequence[Any]]) -> list[StatementResult]:
        """Execute statements, in which `table` stands for the table's name."""
        texts = [
            Statement(text.replace("table", f'"{self.name}"', 1), parameters)
            for text, parameters in statements
        ]
        return execute_statements(self.dynamodb, texts, FakeTime().backoff)

    def items(self) -> dict[str, Any]:
        """The items by their ids."""
        items = self.dynamodb.scan(TableName=self.name, ConsistentRead=True)["Items"]
        return {item["id"]["S"]: item for item in items}


@pytest.fixture
def table(engine: DynamoDbProxy) -> Iterator[Table]:
    """A table; afterwards, every response must have been as botocore's model says."""
    engine.failures.clear()
    table = Table(engine)
    yield table
    assert table.wrong == []


def text(value: str) -> dict[str, str]:
    """A text as an attribute."""
    return {"S": value}


def insert(key: str) -> tuple[str, Sequence[Any]]:
    """A statement that inserts an item."""
    return "INSERT INTO table VALUE {'id': ?, 'owner': 'o''clock', 'deadline': 7}", [text(key)]


CASES: Final[dict[str, tuple[tuple[str, Sequence[Any]], StatementResult, Any]]] = {
    "insert of a new item": (
        insert("there 2"),
        StatementResult(DONE),
        {
            "there": EXISTING,
            "there 2": {"id": text("there 2"), "owner": text("o'clock"), "deadline": {"N": "7"}},
        },
    ),
    "insert of an existing item": (insert("there"), StatementResult(FAILED), {"there": EXISTING}),
    "update as demanded": (
        (
            'UPDATE table SET "state" = ? SET "history" = ? WHERE "id" = ? AND "deadline" < 6',
            [text("done"), {"B": b"new"}, text("there")],
        ),
        StatementResult(DONE),
        {"there": {**EXISTING, "state": text("done"), "history": {"B": b"new"}}},
    ),
    "update of an item that has changed": (
        (
            'UPDATE table SET "state" = ? WHERE "id" = ? AND "owner" = ?',
            [text("done"), text("there"), text("other")],
        ),
        StatementResult(FAILED, EXISTING),
        {"there": EXISTING},
    ),
    "update by an attribute that the item does not have": (
        (
            'UPDATE table SET "state" = ? WHERE "id" = ? AND "version" = ?',
            [text("done"), text("there"), text("1")],
        ),
        StatementResult(FAILED, EXISTING),
        {"there": EXISTING},
    ),
    "update of a number that is not below": (
        (
            'UPDATE table SET "state" = ? WHERE "id" = ? AND "deadline" < 5',
            [text(""), text("there")],
        ),
        StatementResult(FAILED, EXISTING),
        {"there": EXISTING},
    ),
    "update of an item that is gone": (
        (
            'UPDATE table SET "state" = ? WHERE "id" = ? AND "owner" = ?',
            [text("done"), text("gone"), text("other")],
        ),
        StatementResult(FAILED),
        {"there": EXISTING},
    ),
    "delete as demanded": (
        (
            'DELETE FROM table WHERE "id" = ? AND "owner" = ? AND "state" = \'claimed\'',
            [text("there"), text("o'clock")],
        ),
        StatementResult(DONE),
        {},
    ),
    "delete of an item that has changed": (
        ('DELETE FROM table WHERE "id" = ? AND "owner" = ?', [text("there"), text("other")]),
        StatementResult(FAILED, EXISTING),
        {"there": EXISTING},
    ),
    "delete of an item that is gone": (
        ('DELETE FROM table WHERE "id" = ? AND "owner" = ?', [text("gone"), text("other")]),
        StatementResult(DONE),
        {"there": EXISTING},
    ),
    "OR": (
        (
            'DELETE FROM table WHERE "id" = ? AND ("owner" = ? OR "owner" = ?)',
            [text("there"), text("o'clock"), text("other")],
        ),
        StatementResult(StatementOutcome.UNREACHABLE),
        {"there": EXISTING},
    ),
    "too few parameters": (
        ("INSERT INTO table VALUE {'id': ?, 'owner': ?}", [text("new")]),
        StatementResult(StatementOutcome.UNREACHABLE),
        {"there": EXISTING},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_statement_has_its_result_and_its_effect(table: Table, case: str) -> None:
    """What the package is told, and what the table holds afterwards."""
    statement, result, items = CASES[case]
    assert (table.execute(statement), table.items()) == ([result], items)


def test_one_statement_fails_alone(table: Table) -> None:
    """The others of its call are executed, and the results are in order."""
    results = table.execute(insert("a"), insert("there"), insert("b"))
    assert ([result.outcome for result in results], {*table.items()}) == (
        [DONE, FAILED, DONE],
        {"a", "b", "there"},
    )


def test_statement_about_a_table_that_is_not_there_is_unreachable(table: Table) -> None:
    """It is not written."""
    lost = Statement('DELETE FROM "other" WHERE "id" = ? AND "owner" = ?', [text("a"), text("b")])
    [result] = execute_statements(table.dynamodb, [lost], FakeTime().backoff)
    assert result == StatementResult(StatementOutcome.UNREACHABLE)


def test_call_of_26_statements_is_refused(table: Table) -> None:
    """As a whole."""
    text_ = f"INSERT INTO \"{table.name}\" VALUE {{'id': ?}}"
    statements = [{"Statement": text_, "Parameters": [text(key)]} for key in KEYS[:26]]
    with pytest.raises(ClientError, match="ValidationException"):
        table.dynamodb.batch_execute_statement(Statements=statements)


def test_of_16_threads_one_inserts_each_item(table: Table) -> None:
    """The others find it."""
    statements = [insert(key) for key in KEYS[:25]]
    with ThreadPoolExecutor(16) as threads:
        runs = list(threads.map(lambda _: table.execute(*statements), range(16)))
    outcomes = [
        sorted(result.outcome.name for result in results) for results in zip(*runs, strict=True)
    ]
    assert outcomes == [["DONE", *["FAILED"] * 15]] * 25


def test_of_16_threads_one_updates_an_item(table: Table) -> None:
    """The others see what it has written."""
    change = 'UPDATE table SET "owner" = ? WHERE "id" = ? AND "owner" = ?'
    parameters = [[text(f"new {n}"), text("there"), text("o'clock")] for n in range(16)]
    with ThreadPoolExecutor(16) as threads:
        runs = list(threads.map(lambda each: table.execute((change, each)), parameters))
    results = [result for [result] in runs]
    owner = table.items()["there"]["owner"]
    seen = [result.existing["owner"] for result in results if result.existing]
    assert (sum(result.outcome is DONE for result in results), seen) == (1, [owner] * 15)


def test_of_16_invocations_one_gets_each_claim(table: Table) -> None:
    """Also when all of them may claim what is unknown."""
    claims = [Claim(key, ALWAYS) for key in KEYS]
    left = DynamoLedger(table.dynamodb, table.name)
    left.claim(claims, FIRST)
    ledger = DynamoLedger(table.dynamodb, table.name)
    claimants = [Claimant(f"claimant {n}", 1_091, 1_181) for n in range(16)]
    with ThreadPoolExecutor(16) as threads:
        runs = list(threads.map(partial(ledger.claim, claims), claimants))
    ours = [states.count(ClaimState.OURS) for states in zip(*runs, strict=True)]
    assert ours == [1] * len(KEYS)


def test_of_16_invocations_one_leases_each_profile(table: Table) -> None:
    """New ones, and then those that exist; and its release is written."""
    store = DynamoProfileStore(table.dynamodb, table.name, b"k" * 32, FakeTime().backoff)
    for _ in range(2):
        read = store.read(KEYS)
        with ThreadPoolExecutor(16) as threads:
            runs = list(threads.map(partial(store.lease, read), range(1, 17)))
        taken = [[lease for run in runs if isinstance(lease := run[key], str)] for key in KEYS]
        releases = {
            key: Release(version, History({})) for key, [version] in zip(KEYS, taken, strict=True)
        }
        assert store.release(releases, 1_000) == set(KEYS)


def test_release_of_a_deleted_item_makes_none(table: Table) -> None:
    """It counts as written."""
    store = DynamoProfileStore(table.dynamodb, table.name, b"k" * 32, FakeTime().backoff)
    version = store.lease(store.read(["ann"]), 1)["ann"]
    assert isinstance(version, str)
    table.dynamodb.delete_item(TableName=table.name, Key={"id": text("ann")})
    released = store.release({"ann": Release(version, History({}))}, 1_000)
    assert (released, table.items()) == ({"ann"}, {"there": EXISTING})


@pytest.mark.parametrize("failures", [["lost"], ["lost", "throttled"]])
def test_leases_whose_response_is_lost_are_found(table: Table, failures: list[str]) -> None:
    """The SDK repeats them, or the package does."""
    store = DynamoProfileStore(table.dynamodb, table.name, b"k" * 32, FakeTime().backoff)
    table.proxy.failures["INSERT"] += failures
    leases = store.lease(store.read(KEYS[:25]), 1)
    versions = {key: item.version for key, item in store.read(KEYS[:25]).items()}
    assert versions == leases


@pytest.mark.parametrize("failures", [["lost"], ["lost", "throttled"]])
def test_claims_whose_response_is_lost_are_found(table: Table, failures: list[str]) -> None:
    """The SDK repeats them, or the package does."""
    claims = [Claim(key) for key in KEYS[:25]]
    table.proxy.failures["INSERT"] += failures
    ledger = DynamoLedger(table.dynamodb, table.name, FakeTime().sleep)
    states = ledger.claim(claims, FIRST)
    assert (states, ledger.unsent) == ([ClaimState.OURS] * 25, {})


def test_claims_whose_responses_are_all_lost_are_released(table: Table) -> None:
    """Their counters are not sent."""
    claims = [Claim(key) for key in KEYS[:25]]
    table.proxy.failures["INSERT"] += ["lost"] * 2
    states = DynamoLedger(table.dynamodb, table.name, FakeTime().sleep).claim(claims, FIRST)
    assert (states, table.items()) == ([ClaimState.UNREACHABLE] * 25, {"there": EXISTING})
