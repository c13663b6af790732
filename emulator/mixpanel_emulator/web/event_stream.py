"""What arrives, told to whoever watches, as it arrives."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice
from operator import itemgetter
from typing import Final

import orjson

from mixpanel_emulator.state.store import Item, Store

# A watcher that is slower than what arrives sees the latest of it, and how much it missed.
LATEST: Final = 500
BACKLOG: Final = 200
# Seconds between two messages, so that a browser paints once for many events.
REST: Final = 0.25


class Watcher:
    """What one watcher has not been told yet."""

    def __init__(self) -> None:
        self.untold: deque[Item] = deque(maxlen=LATEST)
        self.missed = 0
        self.news = asyncio.Event()
        self.ended = False

    def hear(self, item: Item) -> None:
        """Keep this until it can be told."""
        self.missed += len(self.untold) == LATEST
        self.untold.append(item)
        self.news.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """Server-sent events, each a list of what arrived since the one before."""
        yield b"retry: 1000\n\n"
        while not self.ended:
            await self.news.wait()
            self.news.clear()
            told = orjson.dumps({"missed": self.missed, "items": list(self.untold)})
            self.untold.clear()
            self.missed = 0
            yield b"data: " + told + b"\n\n"
            await asyncio.sleep(REST)


class Stream:
    """Listens to a store for all who watch."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()

    def __call__(self, kind: str, item: Item) -> None:
        """Pass on one thing that came or changed."""
        for watcher in self.watchers:
            watcher.hear({"kind": kind, **item})

    async def watch(self, store: Store) -> AsyncIterator[bytes]:
        """All that arrives from now on, after the latest of what is there."""
        watcher = Watcher()
        for item in backlog(store):
            watcher.hear(item)
        watcher.news.set()
        self.watchers.add(watcher)
        try:
            async for message in watcher.messages():
                yield message
        finally:
            self.watchers.discard(watcher)

    def end(self) -> None:
        """Let everyone go, since nothing more will arrive."""
        for watcher in self.watchers:
            watcher.ended = True
            watcher.news.set()


def backlog(store: Store) -> list[Item]:
    """The latest of each kind, in the order in which it arrived."""
    latest = [
        {"kind": kind, **item}
        for kind, items in store.arrivals.items()
        for item in reversed(list(islice(reversed(items), BACKLOG)))
    ]
    return sorted(latest, key=itemgetter("at"))
