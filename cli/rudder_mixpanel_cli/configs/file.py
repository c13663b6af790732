"""Reads a file with a destination: JSON, or YAML as the Rudder CLI has it."""

from pathlib import Path
from typing import Any, Final

import orjson

from rudder_mixpanel_cli.errors import UsageError

YAML_SUFFIXES: Final = frozenset({".yaml", ".yml"})
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_content(path: Path) -> Any:
    """The JSON value or the YAML document in a file.

    Raises UsageError, without any value of the file, when it cannot be read.
    """
    try:
        content = path.read_bytes().removeprefix(BYTE_ORDER_MARK)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    return read_yaml(content, path) if is_yaml(content, path) else read_json(content, path)


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

    try:
        documents = list(YAML(typ="safe", pure=True).load_all(content))
        return orjson.loads(orjson.dumps(documents))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UsageError(f"{path}: expected YAML; it is not valid{place}") from None
    except (YAMLError, UnicodeDecodeError):
        raise UsageError(f"{path}: expected YAML as UTF-8 text") from None
    except orjson.JSONEncodeError:
        raise UsageError(f"{path}: expected YAML with values that JSON has, too") from None
