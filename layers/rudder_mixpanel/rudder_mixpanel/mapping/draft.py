"""Properties in the making, and where each came from when somebody asks."""

from collections.abc import Mapping
from typing import Any

from rudder_mixpanel.mapping.reading import Reader
from rudder_mixpanel.mapping.values import put


class Draft:
    """An object's properties, written in order: what is written later wins.

    `origins` says for each property which rule wrote it, and from which part of the message. It
    stays None, and costs nothing, unless it is asked for.
    """

    __slots__ = ("origins", "properties")

    def __init__(self, *, explain: bool) -> None:
        self.properties: dict[str, Any] = {}
        self.origins: dict[str, str] | None = {} if explain else None

    def copy(self, values: Mapping[str, Any], source: str) -> None:
        """Write all values of one of the message's objects under their own names."""
        self.properties.update(values)
        if self.origins is not None:
            self.origins.update({name: f"copied from {source}.{name}" for name in values})

    def nest(self, values: Mapping[str, Any], source: str) -> None:
        """Write the same, with dotted names as objects in objects."""
        for name, value in values.items():
            if "." in name:
                put(self.properties, name, value)
            else:
                self.properties[name] = value
            if self.origins is not None:
                self.origins[name.partition(".")[0]] = f"copied from {source}.{name}"

    def read(self, reader: Reader, message: Mapping[str, Any]) -> None:
        """Write what a table's rows find."""
        reader.read(message, self.properties)
        if self.origins is not None:
            self.origins.update(reader.origins(message))

    def write(self, values: Mapping[str, Any], rule: str) -> None:
        """Write what a rule has made."""
        self.properties.update(values)
        if self.origins is not None:
            self.origins.update(dict.fromkeys(values, rule))

    def rename(self, names: Mapping[str, str]) -> None:
        """Give properties other names."""
        for old, new in names.items():
            if old in self.properties:
                self.properties[new] = self.properties.pop(old)
                if self.origins is not None:
                    self.origins[new] = self.origins.pop(old)

    def drop(self, name: str) -> None:
        """Take a property out again."""
        self.properties.pop(name, None)
        if self.origins is not None:
            self.origins.pop(name, None)
