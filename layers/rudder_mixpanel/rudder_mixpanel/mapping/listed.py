"""Takes the traits that lists of the settings name out of an identify call."""

from typing import Any, Final

from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.reader import TableReader
from rudder_mixpanel.mapping.tables import LISTED_TRAITS, MAPPED_TRAITS
from rudder_mixpanel.mapping.unsent import AlternativeSources, ambiguous_traits, unsent_parts
from rudder_mixpanel.message.paths import find_value, without_value
from rudder_mixpanel.message.values import as_object, has_content

LISTED: Final = TableReader(LISTED_TRAITS)
ALTERNATIVES: Final = AlternativeSources(LISTED_TRAITS, ())
# The traits that a row reads, or reads a part of
READ_TRAITS: Final = frozenset(source[0] for row in LISTED_TRAITS for source in row.sources)


class Traits:
    """Copies of a message's traits, out of which the lists of the settings take theirs."""

    def __init__(self, context: MappingContext) -> None:
        self.own = {**as_object(context.fields.get("traits"))}
        self.of_context = {**as_object(context.message_context.get("traits"))}
        self.left_out = context.left_out

    def take(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Remove the named traits and return them, by the last segment of their names.

        As in RudderStack, of several with the same last segment the message's own win over those of
        its context, whatever the order; of its own the last wins, of its context the first.
        """
        values: dict[str, Any] = {}
        for dotted in names:
            name = dotted
            own, of_context = self.own.get(dotted), self.of_context.get(dotted)
            if "." in dotted:
                name = dotted.rpartition(".")[2]
                own, of_context = find_value(self.own, dotted), find_value(self.of_context, dotted)
            if own is not None and name and has_content(own):
                self.own = remove_value(self.own, dotted)
                if values.get(name, own) != own:
                    self.left_out.append(LeftOut.REPLACED)
                values[name] = own
            if of_context is not None and name and has_content(of_context):
                self.of_context = remove_value(self.of_context, dotted)
                if values.setdefault(name, of_context) != of_context:
                    self.left_out.append(LeftOut.REPLACED)
        return values


def remove_value(traits: dict[str, Any], dotted: str) -> dict[str, Any]:
    """Remove the value at a path from the copied traits."""
    if dotted in traits:
        del traits[dotted]
        return traits
    return without_value(traits, dotted)


def listed_properties(context: MappingContext, values: dict[str, Any]) -> dict[str, Any]:
    """Taken traits as properties: under Mixpanel's names where it has one, else under their own.

    A trait with the name of Mixpanel's property itself wins.
    """
    if READ_TRAITS.isdisjoint(values):
        return values
    properties: dict[str, Any] = {}
    LISTED.read(values, properties)
    context.left_out += ALTERNATIVES.replaced(values, ambiguous_traits(values, {}))
    context.left_out += unsent_parts(values.get("address"))
    custom = {name: value for name, value in values.items() if name not in MAPPED_TRAITS}
    return context.merge(properties, custom)
