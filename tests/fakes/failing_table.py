"""A table of DynamoDB that fails as planned, for tests within one process."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.fakes.dynamodb import create_table
from tests.fakes.sqs.client import no_connection


def error_response(code: str, status: int, retries: int = 0) -> ClientError:
    """What the SDK raises for an error response to its last attempt."""
    metadata: Any = {"HTTPStatusCode": status, "RetryAttempts": retries}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "Call")


INTERNAL = error_response("InternalServerError", 500)
THROTTLED = error_response("ProvisionedThroughputExceededException", 400, retries=1)
SILENCE = no_connection()
DENIED = error_response("AccessDeniedException", 400)


@dataclass
class Unresponsive:
    """A table that never responds, and the number of calls."""

    calls: int = 0

    def fail_call(self, **_: object) -> None:
        """Fail as without a network."""
        self.calls += 1
        raise no_connection()

    batch_execute_statement = batch_write_item = fail_call


@dataclass
class FailingTable:
    """DynamoDB, whose next calls fail as planned, before or after they take effect.

    `failures` holds them by the name of a call, or by the first word of a batch of statements; and
    `sizes` the number of statements of each batch.
    """

    dynamodb: Any
    failures: defaultdict[str, list[tuple[bool, Exception]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    sizes: list[tuple[str, int]] = field(default_factory=list)

    def batch_execute_statement(self, *, Statements: list[Any]) -> Any:  # noqa: N803 - boto3's name
        """Execute statements."""
        word = Statements[0]["Statement"].partition(" ")[0]
        self.sizes.append((word, len(Statements)))
        return self.call_or_fail(
            word, partial(self.dynamodb.batch_execute_statement, Statements=Statements)
        )

    def batch_write_item(self, **arguments: Any) -> Any:
        """Write items."""
        return self.call_or_fail("write", partial(self.dynamodb.batch_write_item, **arguments))

    def batch_get_item(self, **arguments: Any) -> Any:
        """Read items."""
        return self.call_or_fail("read", partial(self.dynamodb.batch_get_item, **arguments))

    def call_or_fail(self, name: str, call: Callable[[], Any]) -> Any:
        """Make a call, or fail."""
        failures = self.failures[name]
        takes_effect, error = failures.pop(0) if failures else (True, None)
        result = call() if takes_effect else None
        if error is not None:
            raise error
        return result


@contextmanager
def failing_table(name: str) -> Iterator[FailingTable]:
    """A table in moto, which works until a test plans failures."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        create_table(client, name)
        yield FailingTable(client)
