"""A file that all that arrives is written to, one line of JSON each."""

from pathlib import Path

import orjson

from mixpanel_emulator.state.store import Item


class Journal:
    """Listens to a store, and adds to its file."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("ab")

    def __call__(self, kind: str, item: Item) -> None:
        """Write down one thing that came or changed."""
        self.file.write(orjson.dumps({"kind": kind} | item, option=orjson.OPT_APPEND_NEWLINE))
        # A request is noted after all that it brought.
        if kind != "events":
            self.file.flush()

    def close(self) -> None:
        """Write the last of it."""
        self.file.close()
