"""Reads a file with a destination: JSON, or YAML as the Rudder CLI has it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import orjson

from rudder_mixpanel_cli.errors import UsageError

YAML_SUFFIXES: Final = frozenset({".yaml", ".yml"})
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# Far more than a workspace has; reading YAML takes ten seconds for a MB.
MOST_BYTES: Final = 16_000_000
MOST_BYTES_OF_YAML: Final = 1_000_000
MOST_LEVELS: Final = 50
# What a value that is not as its tag says raises, with the value in its text; and orjson's error.
NO_JSON_VALUE: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def read_content(path: Path) -> Any:
    """The JSON value or the YAML document in a file.

    Raises UsageError, without any value of the file, when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1).removeprefix(BYTE_ORDER_MARK)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    as_yaml = is_yaml(content, path)
    most = MOST_BYTES_OF_YAML if as_yaml else MOST_BYTES
    if len(content) > most:
        raise UsageError(f"{path}: expected at most {most // 1_000_000} MB")
    return read_yaml(content, path) if as_yaml else read_json(content, path)


def is_yaml(content: bytes, path: Path) -> bool:
    """Whether a file is YAML, by its name; one with another name, such as a pipe, by its start."""
    named = path.suffix.lower()
    if named in YAML_SUFFIXES:
        return True
    return named != ".json" and content.lstrip()[:1] not in {b"{", b"[", b""}


def read_json(content: bytes, path: Path) -> Any:
    """The JSON value; raises UsageError."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{path}: expected JSON; it is not valid at {place}") from None


def read_yaml(content: bytes, path: Path) -> Any:
    """The YAML documents of a file, as JSON has them; raises UsageError.

    YAML 1.2, as the Rudder CLI reads it: `no` and `on` are texts there.
    """
    # Imported here because most files are JSON.
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    yaml = YAML(typ="safe", pure=True)
    try:
        refuse_bombs(yaml.parse(content), path)
        return orjson.loads(orjson.dumps(list(yaml.load_all(content))))
    except MarkedYAMLError as error:
        place = place_of(error.problem_mark or error.context_mark)
        raise UsageError(f"{path}: expected YAML; it is not valid{place}") from None
    except (YAMLError, UnicodeDecodeError):
        raise UsageError(f"{path}: expected YAML as UTF-8 text") from None
    except NO_JSON_VALUE:
        raise UsageError(f"{path}: expected YAML with values that JSON has, too") from None


def refuse_bombs(events: Iterable[Any], path: Path) -> None:
    """Raise UsageError for what takes endless memory or time: an anchor, or too many levels."""
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent  # noqa: PLC0415

    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        place = place_of(event.start_mark)
        if getattr(event, "anchor", None) is not None:
            what = "expected YAML without anchors and aliases; there is one"
            raise UsageError(f"{path}: {what}{place}")
        if depth > MOST_LEVELS:
            raise UsageError(f"{path}: expected YAML with at most {MOST_LEVELS} levels{place}")


def place_of(mark: Any) -> str:
    """A place in a file, as a part of a sentence; empty for none."""
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
