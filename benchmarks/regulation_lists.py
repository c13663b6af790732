"""`python -m benchmarks.regulation_lists`: what it costs to list many regulations.

Lists them all, a page at a time, and counts what is read: once with one user in each chunk, as
RudderStack's worker requests them, and once with as many as fit. The tables are in memory, so the
time is that of our own code; `--dynamodb URL` uses tables of DynamoDB there instead, such as
MiniStack's or moto's.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from time import perf_counter, time_ns
from typing import Any, Final
from uuid import UUID

import boto3
import orjson
from rich.console import Console
from rich.table import Table

from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import Person, RegulationType
from rudder_mixpanel.regulations.repository import DynamoRegulationRepository
from tests.fakes.dynamodb import create_regulations_table
from tests.fakes.regulation_tables import MemoryRegulationRepository
from tests.fakes.regulations import FakeRegulationsDependencies

MOST_USERS: Final = 1_999
NUMBERS: Final = Random(1)  # noqa: S311 - so that each run has the same
START: Final = 1_800_000_000


@dataclass(slots=True)
class CountingRepository:
    """A repository that counts its calls, and the chunks that are decoded."""

    repository: Any
    calls: Counter[str] = field(default_factory=Counter)

    def page(self, first: str, last: str, limit: int) -> list[tuple[str, str]]:
        """Count a query."""
        self.calls["Query"] += 1
        names: list[tuple[str, str]] = self.repository.page(first, last, limit)
        return names

    def load_all(self, names: Sequence[str]) -> Iterator[Chunk | None]:
        """Count a batch, its chunks, and those that are decoded."""
        self.calls["BatchGetItem"] += 1
        self.calls["chunks read"] += len(names)
        for chunk in self.repository.load_all(names):
            self.calls["chunks decoded"] += 1
            yield chunk


def write_chunks(repository: Any, regulations: int, users: int) -> int:
    """Write chunks with up to this many users each, and return how many."""
    counts = [min(users, regulations - first) for first in range(0, regulations, users)]
    for number, count in enumerate(counts):
        people = {new_id(): person_of(f"{number}-{user}") for user in range(count)}
        chunk = Chunk(
            id=new_id(),
            type=RegulationType.SUPPRESS_WITH_DELETE,
            request_id=new_id(),
            requested_by="privacy",
            requested_at=START + number,
            source_ids=[],
            destination_ids=["default"],
            members=list(people),
            people=people,
        )
        chunk.accept(START + number + 65)
        repository.begin(chunk)
    return len(counts)


def new_id() -> str:
    """A random UUID."""
    return str(UUID(int=NUMBERS.getrandbits(128)))


def person_of(user: str) -> Person:
    """A user with two identifiers."""
    attributes = {"userId": f"user-{user}@example.com", "anonymousId": new_id()}
    return Person(
        attributes,
        list(attributes.values()),
        [new_id().replace("-", ""), new_id().replace("-", "")],
    )


def list_all(repository: Any, regulations: int, users: int) -> list[str]:
    """Write chunks, list them all, and return the row of the table."""
    chunks = write_chunks(repository, regulations, users)
    dependencies = FakeRegulationsDependencies()
    dependencies.repository = counting = CountingRepository(repository)
    started = perf_counter()
    pages = [(len(page["data"]), len(orjson.dumps(page))) for page in dependencies.pages()]
    seconds = perf_counter() - started
    calls = counting.calls
    counts = [chunks, len(pages), *map(calls.__getitem__, ("Query", "BatchGetItem", "chunks read"))]
    largest = max(size for _, size in pages)
    return [*(f"{n:,}" for n in (*counts, calls["chunks decoded"], largest)), f"{seconds:.1f}"]


def new_repository(url: str | None) -> Any:
    """An empty repository: in memory, or a new table of a DynamoDB."""
    if url is None:
        return MemoryRegulationRepository()
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106 - not real
    )
    table = create_regulations_table(dynamodb, f"list-{time_ns()}")
    return DynamoRegulationRepository(dynamodb, table, TableBackoff(lambda: 60_000))


def main() -> None:
    """List regulations, and print what was read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regulations", type=int, default=100_000)
    parser.add_argument("--dynamodb", metavar="URL")
    options = parser.parse_args()
    columns = ("chunks", "pages", "Query", "BatchGetItem", "read", "decoded", "most bytes", "s")
    table = Table(title=f"A list of {options.regulations:,} regulations")
    for column in columns:
        table.add_column(column, justify="right")
    for users in (1, MOST_USERS):
        repository = new_repository(options.dynamodb)
        table.add_row(*list_all(repository, options.regulations, users))
    Console().print(table)


if __name__ == "__main__":
    main()
