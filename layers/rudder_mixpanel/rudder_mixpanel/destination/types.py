"""What a setting can be: how its value is read, and what is said of a wrong one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rudder_mixpanel.errors import DeliveryError

# How RudderStack spells what its CLI spells otherwise than with capitals for underscores.
SOURCE_TYPES_OF_THE_CLI = {"reactNative": "reactnative"}


class UnexpectedValue(DeliveryError):
    """A value that a setting does not allow; what it is stays untold, since it may be a secret."""

    def __init__(self, expected: str, value: Any) -> None:
        super().__init__(f"expected {expected}, got {describe(value)}")


class SettingType(Protocol):
    """A kind of setting."""

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        ...

    def read(self, value: Any) -> Any:
        """What a value means, None if no more than absence; raises Unexpected."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Text; a number, as a project id often is, is read as its digits."""

    longest: int | None = None
    blank_is_absent: bool = True

    @property
    def allowed(self) -> str:
        """Text, and how much of it."""
        limit = "" if self.longest is None else f" of at most {self.longest} characters on one line"
        return f"text{limit}"

    def read(self, value: Any) -> str | None:
        """The text."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise UnexpectedValue("text", value)
        if self.longest is not None and (len(value) > self.longest or "\n" in value):
            raise UnexpectedValue(self.allowed, value)
        return None if self.blank_is_absent and not value.strip() else value


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    allowed: str = "true or false"

    def read(self, value: Any) -> bool:
        """On or off."""
        if isinstance(value, bool):
            return value
        raise UnexpectedValue(self.allowed, value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; an empty one means the default, as in RudderStack's form."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """The words."""
        return f"one of {', '.join(self.words)}"

    def read(self, value: Any) -> str | None:
        """The word."""
        if value == "":
            return None
        if isinstance(value, str) and value in self.words:
            return value
        raise UnexpectedValue(self.allowed, value)


@dataclass(frozen=True, slots=True)
class SourceType(Choice):
    """What sends the events, in RudderStack's spelling or its CLI's."""

    def read(self, value: Any) -> str | None:
        """RudderStack's word for it."""
        return Choice.read(self, source_type(value) if isinstance(value, str) else value)


@dataclass(frozen=True, slots=True)
class PositiveNumber:
    """A number above zero."""

    allowed: str = "a number above zero"

    def read(self, value: Any) -> float:
        """The number."""
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return value
        raise UnexpectedValue(self.allowed, value)


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names, each plain text or an object with the one `key`; blanks are skipped."""

    key: str
    longest: int = 100

    @property
    def allowed(self) -> str:
        """A list, and of what."""
        longest = f"at most {self.longest} characters each"
        return f"a list of names, {longest}, as text or as {{{self.key}}}"

    def read(self, value: Any) -> tuple[str, ...]:
        """The names, in order; whatever is empty is an empty list to RudderStack, too."""
        if not value:
            return ()
        if not isinstance(value, list):
            raise UnexpectedValue("a list of names", value)
        names = (self.name(item, place) for place, item in enumerate(value))
        return tuple(name for name in names if name.strip())

    def name(self, item: Any, place: int) -> str:
        """The name in an item; empty for an empty item."""
        name = item
        if isinstance(item, dict):
            name = {camel_case(key): one for key, one in item.items()}.get(self.key, item or None)
        if name is None:
            return ""
        if not isinstance(name, str):
            raise UnexpectedValue(f"text or an object with {self.key} at place {place}", item)
        if len(name) > self.longest:
            raise UnexpectedValue(f"at most {self.longest} characters at place {place}", item)
        return name


@dataclass(frozen=True, slots=True)
class Consent:
    """What a destination needs a user's consent to, as one consent manager names it."""

    provider: str
    strategy: str
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Consents:
    """A list with what each consent manager needs; of two for one manager, the last holds."""

    allowed: str = "a list of {provider, resolutionStrategy, consents: [{consent}]}"

    def read(self, value: Any) -> tuple[Consent, ...]:
        """What needs consent, by consent manager."""
        if not isinstance(value, list):
            raise UnexpectedValue("a list of consent managers", value)
        found = [self.consent(item, place) for place, item in enumerate(value)]
        return tuple({one.provider: one for one in found if one.ids}.values())

    def consent(self, item: Any, place: int) -> Consent:
        """What one of them needs."""
        if not isinstance(item, dict):
            raise UnexpectedValue(f"an object at place {place}", item)
        told = {camel_case(key): one for key, one in item.items() if one is not None}
        return Consent(
            Text().read(told.get("provider", "")) or "oneTrust",
            Choice(("and", "or")).read(told.get("resolutionStrategy", "")) or "and",
            frozenset(Names("consent").read(told.get("consents", []))),
        )


@dataclass(frozen=True, slots=True)
class BySource:
    """A list for all source types, or an object with a list for each."""

    list_type: SettingType

    @property
    def allowed(self) -> str:
        """A list, or several."""
        return f"{self.list_type.allowed}, or an object with such a list for each source type"

    def read(self, value: Any) -> Any:
        """The list, or the list of each source type."""
        if not isinstance(value, dict):
            return self.list_type.read(value)
        lists = {source_type(name): one for name, one in value.items() if one is not None}
        return {name: self.list_type.read(one) for name, one in lists.items()}


@dataclass(frozen=True, slots=True)
class Anything:
    """What is not looked at."""

    allowed: str

    def read(self, value: Any) -> Any:
        """The value as it is."""
        return value


def for_source[T](found: Mapping[str, T] | T, source: str | None, nothing: T) -> T | None:
    """What a setting says for one source type; None when it depends on it, and none is known."""
    if not isinstance(found, Mapping):
        return found
    if source is not None:
        return found.get(source, nothing)
    told = [one for one in found.values() if one != nothing]
    return None if any(one != told[0] for one in told) else told[0] if told else nothing


def camel_case(name: str) -> str:
    """RudderStack's spelling of a name that may come in the Rudder CLI's."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def source_type(name: str) -> str:
    """RudderStack's spelling of a source type."""
    return SOURCE_TYPES_OF_THE_CLI.get(camel_case(name), camel_case(name))


def describe(value: Any) -> str:
    """The kind of a value, since the value itself may be a secret."""
    kinds = {str: "other text", bool: "true or false", int: "a number", float: "a number"}
    kinds |= {list: "a list", dict: "an object"}
    return kinds.get(type(value), "something else")
