"""Made-up RudderStack events, the same for the same seed, in the mix of a web shop with apps.

70 % track (a fifth of it orders with revenue), 12 % page, 5 % screen, 10 % identify with rich
traits, 2 % group, 1 % short calls of a server; about 1.5 KB each. Sessions run concurrently, so
that a user's events are interleaved with those of others, as in a queue.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.session import Event, Session

START: Final = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
OPEN_SESSIONS: Final = 300
KINDS: Final = ("track", "page", "screen", "identify", "group", "server")
WEIGHTS: Final = (70, 12, 5, 10, 2, 1)


def lines(count: int, seed: int = 7) -> Iterator[bytes]:
    """Events as JSON lines."""
    for event in events(count, seed):
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def events(count: int, seed: int) -> Iterator[Event]:
    """Events of concurrent sessions."""
    chance = random.Random(seed)  # noqa: S311 - made-up data
    sessions = [Session(chance) for _ in range(OPEN_SESSIONS)]
    now = START
    for _ in range(count):
        now += timedelta(milliseconds=chance.randrange(5, 60))
        kind = chance.choices(KINDS, WEIGHTS)[0]
        index = chance.randrange(OPEN_SESSIONS)
        # Pages are viewed in a browser, screens in an app.
        while sessions[index].web is {"page": False, "screen": True}.get(kind):
            index = chance.randrange(OPEN_SESSIONS)
        yield sessions[index].event(kind, now)
        if chance.random() < 0.1:  # noqa: PLR2004 - ten events a session
            sessions[index] = Session(chance)
