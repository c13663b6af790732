"""The properties of one object in the order in which they are written, as origins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rudder_mixpanel.mapping.explain.shadow import Origin, Shadow, ShadowMessage
from rudder_mixpanel.mapping.tables import Row
from rudder_mixpanel.message.paths import value_at
from rudder_mixpanel.message.values import as_object, is_sendable


class Attempt(NamedTuple):
    """What could have become a property: the property's name, and the shadow of the value."""

    name: str
    shadow: Shadow


@dataclass(slots=True)
class Writing:
    """The properties written so far, as shadows, and everything that was to become one."""

    shadows: dict[str, Shadow] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    # The origin of the event's name, if the properties are those of an event
    name: Origin | None = None

    def write(self, name: str, shadow: Shadow) -> None:
        """Write a property, over one that has the same name."""
        self.shadows[name] = shadow
        self.attempts.append(Attempt(name, shadow))

    def copy(self, shadow: Shadow, without: Iterable[str] = ()) -> None:
        """Copy the properties of an object of the message, except some."""
        for name, value in as_object(shadow).items():
            if name not in without:
                self.write(name, value)

    def read_table(
        self, table: tuple[Row, ...], message: Mapping[str, Any], shadow: Shadow
    ) -> None:
        """Write the properties that a table reads: of each row the first source with a value."""
        for row in table:
            self.attempts += [
                Attempt(row.name, value)
                for source in row.sources
                if (value := value_at(shadow, source)) is not None
            ]
            filled = [source for source in row.sources if is_sendable(value_at(message, source))]
            if filled:
                self.shadows[row.name] = value_at(shadow, filled[0])

    def remove(self, name: str) -> None:
        """Remove a property."""
        self.shadows.pop(name, None)

    def rename(self, names: Mapping[str, str]) -> None:
        """Rename properties."""
        self.attempts = [Attempt(names.get(name, name), value) for name, value in self.attempts]
        for old, new in names.items():
            if old in self.shadows:
                self.shadows[new] = self.shadows.pop(old)

    def origins(self, shadow: ShadowMessage) -> dict[str, Origin]:
        """The origin of each property."""
        return {name: shadow.origin(value) for name, value in self.shadows.items()}
