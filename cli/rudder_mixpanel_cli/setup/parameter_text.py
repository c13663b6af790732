"""A JSON object as a text that the Parameter Store of AWS takes."""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

# A string, or a closing brace of the structure with another one behind it.
STRING_OR_BRACES: Final = re.compile(r'"(?:[^"\\]|\\.)*"|}(?=})')
SECOND_OPENING: Final = re.compile(r"(?<={){")
SECOND_CLOSING: Final = re.compile(r"(?<=})}")


def parameter_text(content: Mapping[str, Any]) -> str:
    """The JSON of an object without double braces, for which AWS refuses a parameter's value.

    Templates of names have them: `Viewed {{ name }} page`. Whoever reads JSON finds them again.
    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    return STRING_OR_BRACES.sub(without_double_braces, orjson.dumps(content).decode())


def without_double_braces(found: re.Match[str]) -> str:
    """A string of JSON with the second of two braces escaped; a brace with a blank behind it."""
    text = found[0]
    if text == "}":
        return "} "
    return SECOND_CLOSING.sub(r"\\u007d", SECOND_OPENING.sub(r"\\u007b", text))
