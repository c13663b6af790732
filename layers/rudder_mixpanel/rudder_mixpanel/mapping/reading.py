"""Tables at work: their rows, compiled so that each object of a message is fetched once."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from rudder_mixpanel.mapping.tables import Row
from rudder_mixpanel.mapping.values import Path, at, says_something

NOTHING: Final[dict[str, Any]] = {}


class Reader:
    """What a table finds in a message.

    A source is a key in one of the message's objects. The objects that a table's sources name are
    listed once, parents first. Rows with one source are gathered by its object, so that an object
    that is missing, or has none of their keys, is passed over at once.
    """

    def __init__(self, table: tuple[Row, ...]) -> None:
        self.table = table
        self.places: dict[Path, int] = {(): 0}
        self.objects: list[tuple[int, str]] = []
        single: dict[int, list[tuple[str, str]]] = {}
        self.several: list[tuple[str, list[tuple[int, str]]]] = []
        for row in table:
            sources = [(self.place(one[:-1]), one[-1]) for one in row.sources]
            if len(sources) == 1:
                place, key = sources[0]
                single.setdefault(place, []).append((key, row.name))
            else:
                self.several.append((row.name, sources))
        self.single = [
            (place, frozenset(key for key, _ in rows), rows) for place, rows in single.items()
        ]

    def place(self, path: Path) -> int:
        """The place of an object in the list, where it now is if it was not."""
        if path not in self.places:
            parent = self.place(path[:-1])
            self.objects.append((parent, path[-1]))
            self.places[path] = len(self.objects)
        return self.places[path]

    def of(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Each property whose row finds something, with what it finds."""
        objects = [message]
        for parent, key in self.objects:
            value = objects[parent].get(key)
            objects.append(value if type(value) is dict else NOTHING)
        found: dict[str, Any] = {}
        for place, keys, rows in self.single:
            source = objects[place]
            if keys.isdisjoint(source):
                continue
            for key, name in rows:
                value = source.get(key)
                if value is not None and says_something(value):
                    found[name] = value
        for name, sources in self.several:
            for place, key in sources:
                value = objects[place].get(key)
                if value is not None and says_something(value):
                    found[name] = value
                    break
        return found

    def origins(self, message: Mapping[str, Any]) -> dict[str, str]:
        """Each of these properties with the path that it was found at."""
        return {
            row.name: ".".join(source)
            for row in self.table
            for source in islice(
                (one for one in row.sources if says_something(at(message, one))), 1
            )
        }
