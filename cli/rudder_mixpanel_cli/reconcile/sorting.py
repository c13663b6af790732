"""Sorts receipts and rows on disk, so that memory does not grow with them."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import batched
from typing import Final

from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.reconcile.matching import DeliveredEvent, Discrepancy, ExportedRow

# An empty name is a database in a file of its own without a name: it is gone when the process
# ends, however it ends. https://www.sqlite.org/inmemorydb.html#temp_db
WITHOUT_NAME: Final = ""
# Kibibytes of its pages in memory, with which it sorts, too
CACHE: Final = 16_384
BATCH: Final = 5_000
TABLES: Final = """
PRAGMA cache_size = -{cache};
PRAGMA temp_store = FILE;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE delivered (hash TEXT, day INTEGER, at INTEGER);
CREATE TABLE exported (
    hash TEXT, identity BLOB, day INTEGER, received INTEGER, name TEXT, sender TEXT
);
CREATE TABLE discrepancies (kind TEXT, hash TEXT, day INTEGER, at INTEGER);
BEGIN;
"""
DELIVERED: Final = """
SELECT hash, coalesce(min(CASE WHEN day BETWEEN ? AND ? THEN day END), min(day)), min(at)
FROM delivered GROUP BY hash ORDER BY hash
"""


class SortedEvents:
    """Receipts and rows, which are added in any order, and read sorted by their hashes."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        database.executescript(TABLES.format(cache=CACHE))

    def add_delivered(self, events: Iterable[DeliveredEvent]) -> None:
        """Add receipts; the same one may be there more than once."""
        self.insert("INSERT INTO delivered VALUES (?, ?, ?)", events)

    def add_exported(self, rows: Iterable[ExportedRow]) -> None:
        """Add rows."""
        self.insert("INSERT INTO exported VALUES (?, ?, ?, ?, ?, ?)", rows)

    def add_discrepancy(self, kind: Discrepancy, event: DeliveredEvent) -> None:
        """Add an event that is missing or doubled."""
        self.insert("INSERT INTO discrepancies VALUES (?, ?, ?, ?)", [(kind, *event)])

    def insert(self, statement: str, values: Iterable[tuple[object, ...]]) -> None:
        """Insert values in batches."""
        for batch in batched(values, BATCH, strict=False):
            self.database.executemany(statement, batch)

    def delivered(self, days: range) -> Iterator[DeliveredEvent]:
        """The receipts by hash, each once, with the time of the first.

        Of a hash that several days have, the day is one of these days, if any is.
        """
        return map(DeliveredEvent._make, self.database.execute(DELIVERED, (days[0], days[-1])))

    def exported(self) -> Iterator[ExportedRow]:
        """The rows by hash and identity."""
        query = "SELECT * FROM exported ORDER BY hash, identity"
        return map(ExportedRow._make, self.database.execute(query))

    def discrepancies(self, kind: Discrepancy) -> Iterator[DeliveredEvent]:
        """The events that are missing, or those that are doubled, by day."""
        query = "SELECT hash, day, at FROM discrepancies WHERE kind = ? ORDER BY day, hash"
        return map(DeliveredEvent._make, self.database.execute(query, (kind,)))


@contextmanager
def sorted_events() -> Iterator[SortedEvents]:
    """A place for events in this block. Raises CommandError when there is no space on the disk."""
    try:
        with closing(sqlite3.connect(WITHOUT_NAME, isolation_level=None)) as database:
            yield SortedEvents(database)
    except sqlite3.OperationalError as error:
        raise CommandError(f"cannot sort on the disk: {error}; set SQLITE_TMPDIR") from None
