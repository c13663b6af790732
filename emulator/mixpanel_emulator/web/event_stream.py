"""Server-sent events: everything that arrives, for all clients that watch."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice
from operator import itemgetter
from typing import Final

import orjson

from mixpanel_emulator.state.store import Item, Store

# A watcher slower than the traffic gets the latest items, and the number of those it missed.
PENDING_LIMIT: Final = 500
BACKLOG: Final = 200
# Seconds between two messages, so that a browser paints once for many items.
INTERVAL: Final = 0.25


class Watcher:
    """The items that one client has yet to receive."""

    def __init__(self) -> None:
        self.pending: deque[Item] = deque(maxlen=PENDING_LIMIT)
        self.missed = 0
        self.wake = asyncio.Event()
        self.ended = False

    def add(self, item: Item) -> None:
        """Queue an item; the oldest is dropped when the queue is full."""
        self.missed += len(self.pending) == PENDING_LIMIT
        self.pending.append(item)
        self.wake.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield server-sent events, each a list of the items since the previous one."""
        yield b"retry: 1000\n\n"
        while not self.ended:
            await self.wake.wait()
            self.wake.clear()
            data = orjson.dumps({"missed": self.missed, "items": list(self.pending)})
            self.pending.clear()
            self.missed = 0
            yield b"data: " + data + b"\n\n"
            await asyncio.sleep(INTERVAL)


class EventStream:
    """A subscriber of a store that passes items on to all watchers."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()

    def __call__(self, kind: str, item: Item) -> None:
        """Pass on one item."""
        for watcher in self.watchers:
            watcher.add({"kind": kind, **item})

    async def watch(self, store: Store) -> AsyncIterator[bytes]:
        """Yield the latest items of the store, then every item as it arrives."""
        watcher = Watcher()
        for item in backlog(store):
            watcher.add(item)
        watcher.wake.set()
        self.watchers.add(watcher)
        try:
            async for message in watcher.messages():
                yield message
        finally:
            self.watchers.discard(watcher)

    def end(self) -> None:
        """End the streams of all watchers."""
        for watcher in self.watchers:
            watcher.ended = True
            watcher.wake.set()


def backlog(store: Store) -> list[Item]:
    """Return the latest items of each kind, in the order in which they arrived."""
    latest = [
        {"kind": kind, **item}
        for kind, items in store.arrivals.items()
        for item in reversed(list(islice(reversed(items), BACKLOG)))
    ]
    return sorted(latest, key=itemgetter("at"))
