"""Explains which traits the lists of the settings take out of an identify call."""

from typing import Any, Final

from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.shadow import Shadow, object_at
from rudder_mixpanel.mapping.explain.writing import Attempt, Writing
from rudder_mixpanel.mapping.listed import READ_TRAITS, remove_value
from rudder_mixpanel.mapping.tables import LISTED_TRAITS, MAPPED_TRAITS
from rudder_mixpanel.message.paths import find_value
from rudder_mixpanel.message.values import as_object, has_content

# The property that a listed trait becomes, where a row reads it as a whole
LISTED_NAMES: Final = {
    source[0]: row.name for row in LISTED_TRAITS for source in row.sources if len(source) == 1
}


class ShadowedTraits:
    """Copies of traits and of their shadow, out of which lists take theirs."""

    def __init__(self, traits: Any, shadow: dict[str, Shadow]) -> None:
        self.values = {**as_object(traits)}
        self.shadow = {**shadow}

    def take(self, dotted: str) -> tuple[Any, Shadow] | None:
        """Remove a trait, and return it with its shadow; None when it has no content."""
        value = find_value(self.values, dotted)
        if not has_content(value):
            return None
        shadow = find_value(self.shadow, dotted)
        self.values = remove_value(self.values, dotted)
        self.shadow = remove_value(self.shadow, dotted)
        return value, shadow


class ListedTraits:
    """The traits of an identify call: its own, and those of its context."""

    def __init__(self, context: MappingContext, shadow: Shadow) -> None:
        own, of_context = context.fields.get("traits"), context.message_context.get("traits")
        self.own = ShadowedTraits(own, object_at(shadow, ("traits",)))
        self.of_context = ShadowedTraits(of_context, object_at(shadow, ("context", "traits")))

    def take(self, names: tuple[str, ...]) -> Writing:
        """Remove the traits that a list names, and return the properties that they become."""
        values: dict[str, Any] = {}
        shadows: dict[str, Shadow] = {}
        written = Writing()
        for dotted in names:
            name = dotted.rpartition(".")[2]
            for traits in (self.own, self.of_context) if name else ():
                if (taken := traits.take(dotted)) is not None:
                    written.attempts.append(Attempt(LISTED_NAMES.get(name, name), taken[1]))
                    if traits is self.own or name not in values:
                        values[name], shadows[name] = taken
        if not READ_TRAITS.isdisjoint(values):
            written.read_table(LISTED_TRAITS, values, shadows)
            shadows = {name: item for name, item in shadows.items() if name not in MAPPED_TRAITS}
        written.copy(shadows)
        return written
