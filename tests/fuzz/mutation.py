"""JSON values, changed here and there."""

import json
from random import Random
from typing import Any, Final

from tests.fuzz.hostile import NAMES, damaged_text, hostile_value, random_raw

# What stands for a raw value until the whole is encoded: the text, and the JSON of it
STAND_IN: Final = "a raw value"
MARK: Final = json.dumps(STAND_IN)
MOST_CHANGES: Final = 6
MOST_PLACES: Final = 2000
LONGEST_COPY: Final = 20_000

type Place = tuple[Any, Any]


def mutated_text(random: Random, value: Any) -> str:
    """The JSON of a value that is changed in some places; sometimes it is no JSON any more."""
    text = json.dumps(mutated(random, value), ensure_ascii=random.random() < 0.5)
    for _ in range(MOST_CHANGES):
        text = text.replace(MARK, random_raw(random), 1)
    return damaged_text(random, text) if random.random() < 0.1 else text


def mutated(random: Random, value: Any) -> Any:
    """A copy of a value, changed in some places."""
    root = [copy_of(value)]
    for _ in range(random.randint(0, MOST_CHANGES)):
        change(random, root)
    return root[0]


def copy_of(value: Any, longest: int | None = None) -> Any:
    """A copy of a value, however deep it is; None if its JSON is longer than that."""
    text = json.dumps(value)
    return None if longest and len(text) > longest else json.loads(text)


def change(random: Random, root: list[Any]) -> None:
    """Change a value in one place."""
    container, key = random.choice(places(root))
    value = container[key]
    match random.randrange(8):
        case 0 | 1:
            container[key] = hostile_value(random)
        case 2:
            container[key] = STAND_IN
        case 3 if isinstance(value, dict):
            value[random.choice(NAMES)] = hostile_value(random)
        case 4 if isinstance(value, list):
            value.append(hostile_value(random))
        case 5 if isinstance(container, dict):
            del container[key]
        case 6 if isinstance(container, dict):
            container[random.choice(NAMES)] = value
        case 7:
            other, place = random.choice(places(root))
            # A copy, since a value must not contain itself; a long one would double at each change.
            container[key] = copy_of(other[place], LONGEST_COPY)
        case _:
            container[key] = random.choice(
                ([value], {random.choice(NAMES): value}, str(value)[:99])
            )


def places(root: list[Any]) -> list[Place]:
    """Where values are: containers, each with a key or an index, without the deepest."""
    found: list[Place] = []
    left: list[tuple[Any, int]] = [(root, 0)]
    while left and len(found) < MOST_PLACES:
        container, depth = left.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in list(keys)[:60]:
            found.append((container, key))
            if isinstance(container[key], dict | list) and depth < 20:
                left.append((container[key], depth + 1))
    return found
