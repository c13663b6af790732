"""Events of the input and of the export, kept on disk so that memory does not grow with them."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, Self

from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY
from rudder_mixpanel_cli.compare.keys import Keys

# An empty name makes a database in a file that nobody else can open, and that is gone at the end.
PRIVATE_FILE: Final = ""
SCHEMA: Final = """
    PRAGMA cache_size = -16000;
    PRAGMA temp_store = FILE;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE messages (id INTEGER PRIMARY KEY, body BLOB);
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, message INTEGER, position INTEGER, is_sent INTEGER, time INTEGER,
        name_1 TEXT, insert_id_1 TEXT, content_1 TEXT,
        name_2 TEXT, insert_id_2 TEXT, content_2 TEXT,
        match INTEGER
    );
    CREATE TABLE held (
        id INTEGER PRIMARY KEY, body BLOB, time INTEGER, in_milliseconds INTEGER,
        name TEXT, insert_id TEXT, content TEXT,
        match INTEGER
    );
"""
ADD_EVENT: Final = "INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
ADD_HELD: Final = "INSERT INTO held VALUES (NULL, ?, ?, ?, ?, ?, ?, NULL)"
# Which keys must agree, the most reliable ones first. 1 is how RudderStack sends an event, 2 how
# this stack does.
PASSES: Final = (
    *(("insert_id", i, "content", j) for j in (1, 2) for i in (1, 2)),
    *(("insert_id", i, "name", j) for j in (1, 2) for i in (1, 2)),
    *(("insert_id", i, "insert_id", i) for i in (1, 2)),
    *(("content", i, "content", i) for i in (1, 2)),
)
# Of several with the same keys, the first ones belong together, by time and by place.
MATCH: Final = """
    CREATE TEMP TABLE pairs AS
    WITH open_events AS (
        SELECT id, {first} AS a, {second} AS b, row_number() OVER (
            PARTITION BY {first}, {second} ORDER BY is_sent DESC, time, id
        ) AS place
        FROM events WHERE match IS NULL AND {first} IS NOT NULL AND {second} IS NOT NULL
    ), open_held AS (
        SELECT id, {held_first} AS a, {held_second} AS b, row_number() OVER (
            PARTITION BY {held_first}, {held_second} ORDER BY time, id
        ) AS place
        FROM held WHERE match IS NULL AND {held_first} IS NOT NULL AND {held_second} IS NOT NULL
    )
    SELECT open_events.id AS event, open_held.id AS held
    FROM open_events JOIN open_held USING (a, b, place);
    UPDATE events SET match = pairs.held FROM pairs WHERE pairs.event = events.id;
    UPDATE held SET match = pairs.event FROM pairs WHERE pairs.held = held.id;
    DROP TABLE pairs;
"""
COMPARED: Final = """
    SELECT messages.id, messages.body, events.position, events.match, held.body
    FROM messages
    LEFT JOIN events ON events.message = messages.id
    LEFT JOIN held ON held.id = events.match
    ORDER BY messages.id, events.position
"""
# An event that was read again is not missing.
REPEATED_MATCH: Final = -1
REPEATED: Final = """
    UPDATE events SET match = ? WHERE match IS NULL AND is_sent AND EXISTS (
        SELECT 1 FROM events AS other
        WHERE other.insert_id_2 = events.insert_id_2 AND other.content_2 = events.content_2
        AND other.match > 0
    )
"""
# Of those that are left on the same days: others, copies of one that matches, which Mixpanel does
# not show, and those that have only its id.
LEFT_OVER: Final = """
    SELECT held.name, SUM(matched.id IS NULL), SUM(same.id IS NOT NULL),
        SUM(matched.id IS NOT NULL AND same.id IS NULL)
    FROM held
    LEFT JOIN held AS same ON same.id = (
        SELECT id FROM held AS other WHERE other.match IS NOT NULL
        AND other.insert_id = held.insert_id AND other.content = held.content
        AND other.time = held.time LIMIT 1)
    LEFT JOIN held AS matched ON matched.id = (
        SELECT id FROM held AS other WHERE other.match IS NOT NULL
        AND other.insert_id = held.insert_id LIMIT 1)
    WHERE held.match IS NULL AND held.time BETWEEN
        (SELECT MIN(time) / :day * :day FROM events) AND
        (SELECT (MAX(time) / :day + 1) * :day - 1 FROM events)
    GROUP BY held.name ORDER BY COUNT(*) DESC, held.name
"""
INDEXES: Final = """
    CREATE INDEX held_ids ON held (insert_id, content, time) WHERE match IS NOT NULL;
    CREATE INDEX sent_ids ON events (insert_id_2, content_2) WHERE match > 0;
    CREATE INDEX of_message ON events (message, position);
"""


class ComparedRow(NamedTuple):
    """An event of a message, or a message without events, and what matches it in the export."""

    message: int
    body: bytes
    position: int | None
    match: int | None
    held: bytes | None

    @property
    def is_repeated(self) -> bool:
        """Whether the input has the event twice, and the export once."""
        return self.match == REPEATED_MATCH


class LeftOver(NamedTuple):
    """Events of one name in the export that match none of the input."""

    name: str | None
    others: int
    copies: int
    doubled: int


class ComparisonIndex:
    """Both sides of a comparison, and which events of them belong together."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(PRIVATE_FILE, isolation_level=None)
        self.database.executescript(SCHEMA)
        self.database.execute("BEGIN")

    def __enter__(self) -> Self:
        """Use the index in a block."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Remove everything."""
        self.database.close()

    def add_message(self, body: bytes, events: Iterable[tuple[bool, Keys, Keys]]) -> None:
        """Add a message with the keys of its events: of RudderStack, and of this stack."""
        added = self.database.execute("INSERT INTO messages VALUES (NULL, ?)", (body,))
        for position, (is_sent, theirs, ours) in enumerate(events):
            keys = (ours.time if is_sent else theirs.time, *theirs[:3], *ours[:3])
            row = (added.lastrowid, position, is_sent, *keys)
            self.database.execute(ADD_EVENT, row)

    def add_held(self, body: bytes, keys: Keys, *, in_milliseconds: bool) -> None:
        """Add an event of the export with its keys."""
        row = (body, keys.time, in_milliseconds, *keys[:3])
        self.database.execute(ADD_HELD, row)

    def match(self) -> None:
        """Find which events belong together, each to one at most."""
        for first, i, second, j in PASSES:
            columns = {"first": f"{first}_{i}", "second": f"{second}_{j}"}
            statements = MATCH.format(**columns, held_first=first, held_second=second)
            self.database.executescript(statements)
        self.database.executescript(INDEXES)
        self.database.execute(REPEATED, (REPEATED_MATCH,))

    def compared(self) -> Iterator[ComparedRow]:
        """Each event in the order of the input."""
        return map(ComparedRow._make, self.database.execute(COMPARED))

    def left_over(self) -> Iterator[LeftOver]:
        """The events of the export that match none of the input, of the same days, by name."""
        days = {"day": MILLISECONDS_A_DAY}
        return map(LeftOver._make, self.database.execute(LEFT_OVER, days))

    @property
    def times(self) -> tuple[int, int] | None:
        """The first and last time of an event, in milliseconds since 1970; None without events."""
        first = self.value("SELECT MIN(time) FROM events")
        return None if first is None else (first, self.value("SELECT MAX(time) FROM events"))

    @property
    def in_milliseconds(self) -> bool:
        """Whether the export has times in milliseconds."""
        return bool(self.value("SELECT MAX(in_milliseconds) FROM held"))

    @property
    def repeated(self) -> int:
        """How many events of the input repeat another one."""
        return int(self.value("SELECT COUNT(*) FROM events WHERE match = ?", REPEATED_MATCH))

    def has_held(self, name: str) -> bool:
        """Whether the export has an event of this name."""
        return bool(self.value("SELECT EXISTS (SELECT 1 FROM held WHERE name = ?)", name))

    def value(self, query: str, *parameters: Any) -> Any:
        """The first value that a query finds."""
        return self.database.execute(query, parameters).fetchone()[0]
