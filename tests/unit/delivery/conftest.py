"""The table of the ledger, for the tests of what its failures do."""

from collections.abc import Iterator

import pytest

from tests.fakes.failing_table import FailingTable, failing_table


@pytest.fixture
def table() -> Iterator[FailingTable]:
    """The ledger's table, which works unless a test plans failures."""
    with failing_table("ledger") as table:
        yield table
