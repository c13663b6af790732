"""A journal file: one line of JSON for everything that arrives or changes."""

from pathlib import Path

import orjson

from mixpanel_emulator.state.store import Item


class Journal:
    """A subscriber of a store that appends to a file."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("ab")

    def __call__(self, kind: str, item: Item) -> None:
        """Append one item."""
        self.file.write(orjson.dumps({"kind": kind} | item, option=orjson.OPT_APPEND_NEWLINE))
        # A request is published after the events that it brought, and flushes them, too.
        if kind != "events":
            self.file.flush()

    def close(self) -> None:
        """Write the rest and close the file."""
        self.file.close()
