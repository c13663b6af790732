"""What a template refers to."""

import re
from typing import Any


def referenced(tree: Any) -> set[str]:
    """The names that a tree refers to, as parameters or as resources."""
    match tree:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return {name}
        case {"Fn::Sub": str(text)}:
            return names_in(text)
        case {"Fn::Sub": [str(text), dict(variables)]}:
            return names_in(text) - variables.keys() | referenced(list(variables.values()))
        case _:
            pass
    below = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return set().union(*map(referenced, below))


def names_in(text: str) -> set[str]:
    """The names in the placeholders of a text, without those of literal ones."""
    return {name.partition(".")[0] for name in re.findall(r"\$\{([^}!]+)\}", text)}
