"""The shadow of a message: the same objects and lists, with an origin in place of each value.

What copies values copies their origins as well, when it gets the shadow in place of the message.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from json import dumps
from typing import Any, Final

from rudder_mixpanel.message.paths import Path, child_of
from rudder_mixpanel.message.values import as_object

ALL: Final = "{all}"
# A value below this level has the origin of the object that it lies in.
DEEPEST: Final = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """What a value comes from: paths of the message, and words that say how.

    `{}` in the words stands for one path after the other, `{all}` for all of them. `done` is what
    was done to the value.
    """

    words: str = ALL
    paths: tuple[Path, ...] = ()
    done: tuple[str, ...] = ()

    def adding(self, *done: str) -> "Origin":
        """The origin of a value to which this was done as well."""
        return replace(self, done=(*self.done, *done))

    def sentence(self, show: Callable[[Path], str]) -> str:
        """The origin in words; `show` shows a path."""
        return ", ".join((self.source(show), *self.done))

    def source(self, show: Callable[[Path], str]) -> str:
        """What a value comes from, without what was done to it."""
        paths = [show(path) for path in self.paths]
        return self.words.format(*paths, all=listing(paths))


# What is left of an object of which lists of the settings took everything
TAKEN: Final = "empty, as lists of the settings take everything out of it"

# An origin, or an object or a list of them
type Shadow = Any

MOST_LISTED: Final = 8
# A key that needs no quotation marks in a path
PLAIN_KEY: Final = re.compile(r"[\w$-]+")


def listing(names: Iterable[str]) -> str:
    """Names as a reader says them: `a, b and c`."""
    *others, last = names or ("nothing",)
    if len(others) >= MOST_LISTED:
        others, last = others[:MOST_LISTED], f"{len(others) + 1 - MOST_LISTED} more"
    return f"{', '.join(others)} and {last}" if others else last


class ShadowMessage:
    """The shadow of a message, and the paths of everything in it."""

    def __init__(self, message: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
        """`whole` is the message before dynamic settings took their values out of it."""
        self.whole: Any = whole
        self.path_of: dict[int, Path] = {}
        self.root: Shadow = self.shadow_of(message, ())

    def shadow_of(self, value: Any, path: Path) -> Shadow:
        """The shadow of a value at a path; an empty object or list has an origin of its own."""
        items = parts_in(value)
        if not items or len(path) > DEEPEST:
            return Origin(paths=(path,))
        pairs = [(key, self.shadow_of(item, (*path, key))) for key, item in items]
        shadow = [item for _, item in pairs] if isinstance(value, list) else dict(pairs)
        # The shadow keeps its objects, so that an identity stays that of one object.
        self.path_of[id(shadow)] = path
        return shadow

    def origin(self, shadow: Shadow) -> Origin:
        """The origin of a value, by its shadow: one path, or those of all its parts."""
        if isinstance(shadow, Origin):
            return shadow
        if id(shadow) in self.path_of:
            return Origin(paths=(self.path_of[id(shadow)],))
        parts = tuple(dict.fromkeys(self.parts(shadow)))
        kind = "a list" if isinstance(shadow, list) else "an object"
        return Origin(f"{kind} of {ALL}" if parts else TAKEN, parts)

    def parts(self, shadow: Shadow) -> Iterator[Path]:
        """The paths of the parts of a value that was put together."""
        for _, item in parts_in(shadow):
            yield from self.origin(item).paths

    def value_at(self, path: Path) -> Any:
        """The value of the message at a path of objects and lists."""
        value = self.whole
        for key in path:
            value = child_of(value, key)
        return value

    def show(self, path: Path) -> str:
        """A path as a reader writes it: `traits.tags[0]`, `properties["Order ID"]`."""
        shown, value = "", self.whole
        for key in path:
            if isinstance(value, list):
                shown += f"[{key}]"
            elif PLAIN_KEY.fullmatch(key):
                shown += f".{key}" if shown else key
            else:
                shown += f"[{dumps(key, ensure_ascii=False)}]"
            value = child_of(value, key)
        return shown


def covers(paths: Iterable[Path], inner: Path) -> bool:
    """Whether one of the paths is that of a value, or of an object that it lies in."""
    return any(inner[: len(path)] == path for path in paths)


def parts_in(value: Any) -> list[tuple[str, Any]]:
    """The keys and values of an object or list, whose keys are its indexes; of others none."""
    if isinstance(value, dict):
        return list(value.items())
    items = value if isinstance(value, list) else ()
    return [(str(index), item) for index, item in enumerate(items)]


def object_at(shadow: Shadow, path: Path) -> dict[str, Shadow]:
    """The object at a path of a shadow, a list as an object of its indexes, or an empty one."""
    for key in path:
        shadow = as_object(shadow).get(key)
    return as_object(shadow)
