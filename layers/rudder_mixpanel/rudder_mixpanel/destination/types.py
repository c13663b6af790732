"""The types of settings: what each allows, how a value is read, and what an error says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from rudder_mixpanel.errors import DeliveryError
from rudder_mixpanel.placeholder import is_left_over, is_placeholder

TOKEN_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
ITSELF: Final = "the value itself (only {{ path || default }} is filled in)"
PLACEHOLDER: Final = "a placeholder"
# Source types whose spelling in RudderStack does not follow from the Rudder CLI's.
SOURCE_TYPES_OF_THE_CLI = {"reactNative": "reactnative"}


class UnexpectedValue(DeliveryError):
    """A setting does not allow a value; the message omits the value, since it may be a secret."""

    def __init__(self, expected: str, value: Any, description: str = "") -> None:
        super().__init__(f"expected {expected}, got {description or describe(value)}")


class SettingType(Protocol):
    """A type of setting."""

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        ...

    def read(self, value: Any) -> Any:
        """Read a value; None counts as absent. Raises UnexpectedValue when it is not allowed."""
        ...


@dataclass(frozen=True)
class Text:
    """Text; a number, such as a project id, is read as its digits."""

    longest: int | None = None
    blank_is_absent: bool = True

    @property
    def allowed(self) -> str:
        """Text, with its limit."""
        limit = "" if self.longest is None else f" of at most {self.longest} characters on one line"
        return f"text{limit}"

    def read(self, value: Any) -> str | None:
        """The text; raises UnexpectedValue."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise UnexpectedValue("text", value)
        if self.longest is not None and (len(value) > self.longest or "\n" in value):
            raise UnexpectedValue(self.allowed, value)
        return None if self.blank_is_absent and not value.strip() else value


@dataclass(frozen=True)
class Credential(Text):
    """The text of a credential, which is not a placeholder."""

    def read(self, value: Any) -> str | None:
        """The text; raises UnexpectedValue."""
        text = Text.read(self, value)
        if text and is_placeholder(text):
            raise UnexpectedValue(ITSELF, value, PLACEHOLDER)
        return text


@dataclass(frozen=True)
class Token:
    """A project's token.

    It is a user name of Basic authentication, which would end at a colon: Mixpanel would accept one
    token for /import, and read another one in the updates of profiles.
    """

    allowed: str = "at most 100 letters, digits, hyphens and underscores"

    def read(self, value: Any) -> str | None:
        """The token without blanks around it; raises UnexpectedValue."""
        if not isinstance(value, str):
            raise UnexpectedValue("text", value)
        token = value.strip()
        if is_placeholder(token):
            raise UnexpectedValue(ITSELF, value, PLACEHOLDER)
        if token and not TOKEN_TEXT.fullmatch(token):
            raise UnexpectedValue(self.allowed, value)
        return token or None


@dataclass(frozen=True)
class Switch:
    """True or false."""

    allowed: str = "true or false"

    def read(self, value: Any) -> bool:
        """True or false; raises UnexpectedValue."""
        if isinstance(value, bool):
            return value
        raise UnexpectedValue(self.allowed, value)


@dataclass(frozen=True)
class Choice:
    """One of a few words; an empty text means the default, as in RudderStack's form."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """The words."""
        return f"one of {', '.join(self.words)}"

    def read(self, value: Any) -> str | None:
        """The word, or None for an empty text; raises UnexpectedValue."""
        if value == "":
            return None
        if isinstance(value, str) and value in self.words:
            return value
        raise UnexpectedValue(self.allowed, value)


@dataclass(frozen=True)
class SourceType(Choice):
    """The type of the source, in RudderStack's spelling or its CLI's."""

    def read(self, value: Any) -> str | None:
        """The type in RudderStack's spelling; raises UnexpectedValue."""
        return Choice.read(self, source_type(value) if isinstance(value, str) else value)


@dataclass(frozen=True)
class PositiveNumber:
    """A number above zero."""

    allowed: str = "a number above zero"

    def read(self, value: Any) -> float:
        """The number; raises UnexpectedValue."""
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return value
        raise UnexpectedValue(self.allowed, value)


@dataclass(frozen=True)
class Names:
    """A list of names, each as text or as an object with the one `key`; blank ones are skipped."""

    key: str
    longest: int = 100

    @property
    def allowed(self) -> str:
        """A list of names, with its limits."""
        longest = f"at most {self.longest} characters each"
        return f"a list of names, {longest}, as text or as {{{self.key}}}"

    def read(self, value: Any) -> tuple[str, ...]:
        """The names, in order; raises UnexpectedValue.

        Any empty value is an empty list, as in RudderStack.
        """
        if not value:
            return ()
        if not isinstance(value, list):
            raise UnexpectedValue("a list of names", value)
        names = (self.read_name(item, index) for index, item in enumerate(value))
        return tuple(name for name in names if name.strip())

    def read_name(self, item: Any, index: int) -> str:
        """The name in an item, empty for an empty item; raises UnexpectedValue."""
        name = item
        if isinstance(item, dict):
            fields = {camel_case(key): value for key, value in item.items()}
            name = fields.get(self.key, item or None)
        if name is None:
            return ""
        if not isinstance(name, str):
            raise UnexpectedValue(f"text or an object with {self.key} at index {index}", item)
        if len(name) > self.longest:
            raise UnexpectedValue(f"at most {self.longest} characters at index {index}", item)
        return name


@dataclass(frozen=True)
class Consent:
    """The consents that a destination requires, as one consent manager names them."""

    provider: str
    strategy: str
    ids: frozenset[str]


@dataclass(frozen=True)
class Consents:
    """A list of required consents by consent manager; the last item of one manager counts."""

    allowed: str = "a list of {provider, resolutionStrategy, consents: [{consent}]}"

    def read(self, value: Any) -> tuple[Consent, ...]:
        """The required consents, by consent manager; raises UnexpectedValue."""
        if not isinstance(value, list):
            raise UnexpectedValue("a list of consent managers", value)
        consents = [self.read_consent(item, index) for index, item in enumerate(value)]
        return tuple({consent.provider: consent for consent in consents if consent.ids}.values())

    def read_consent(self, item: Any, index: int) -> Consent:
        """The consents that one manager requires; raises UnexpectedValue."""
        if not isinstance(item, dict):
            raise UnexpectedValue(f"an object at index {index}", item)
        fields = {camel_case(key): field for key, field in item.items() if field is not None}
        return Consent(
            Text().read(fields.get("provider", "")) or "oneTrust",
            Choice(("and", "or")).read(fields.get("resolutionStrategy", "")) or "and",
            frozenset(Names("consent").read(fields.get("consents", []))),
        )


@dataclass(frozen=True)
class BySource:
    """A list for all source types, or an object with a list for each."""

    list_type: SettingType

    @property
    def allowed(self) -> str:
        """The list, or an object with lists."""
        return f"{self.list_type.allowed}, or an object with such a list for each source type"

    def read(self, value: Any) -> Any:
        """The list, or the lists by source type; raises UnexpectedValue."""
        if not isinstance(value, dict):
            return self.list_type.read(value)
        lists = {source_type(name): items for name, items in value.items() if items is not None}
        return {name: self.list_type.read(items) for name, items in lists.items()}


@dataclass(frozen=True)
class Anything:
    """Any value; the setting is not used."""

    allowed: str

    def read(self, value: Any) -> Any:
        """The value as it is."""
        return value


def for_source[T](value: Mapping[str, T] | T, source: str | None, empty: T) -> T | None:
    """The value of a setting for a source type.

    None when the value differs by source type, and the source type is unknown.
    """
    if not isinstance(value, Mapping):
        return value
    if source is not None:
        return value.get(source, empty)
    values = [item for item in value.values() if item != empty]
    return None if any(item != values[0] for item in values) else values[0] if values else empty


def camel_case(name: str) -> str:
    """A name in RudderStack's spelling (camelCase), from that or from the Rudder CLI's."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def letters(name: str) -> str:
    """A name without what spellings differ in: case, and all but letters and digits."""
    return "".join(filter(str.isalnum, name.lower()))


def source_type(name: str) -> str:
    """A source type in RudderStack's spelling."""
    return SOURCE_TYPES_OF_THE_CLI.get(camel_case(name), camel_case(name))


def describe(value: Any) -> str:
    """The type of a value in words, since the value itself may be a secret."""
    words = {str: "other text", bool: "true or false", int: "a number", float: "a number"}
    words |= {list: "a list", dict: "an object"}
    if isinstance(value, str) and is_left_over(value):
        return PLACEHOLDER
    return words.get(type(value), "something else")
