"""Events in files or on stdin, however they are written."""

import gzip
import json
import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.events_input import elements
from rudder_mixpanel_cli.events_input.bodies import InputBody, read_bodies, read_inputs

A, B, C = {"type": "track", "n": 1}, {"type": "page", "text": 'a "{[" b\n'}, {"type": "group"}
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
EVENTS = st.lists(st.dictionaries(st.text(max_size=6), NESTED), max_size=4)


def bodies(text: str | bytes) -> list[InputBody]:
    """The bodies in a text."""
    encoded = text if isinstance(text, bytes) else text.encode()
    return list(read_bodies(BytesIO(encoded), "events.json"))


def decoded(found: Iterable[InputBody]) -> list[Any]:
    """Their JSON."""
    return [json.loads(body.body) for body in found]


def places(text: str) -> list[tuple[int, str]]:
    """The first line and the text of each body."""
    return [(body.line, body.body.decode()) for body in bodies(text)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(value) for value in (A, B, C)),
        "\r\n\r\n".join(json.dumps(value) for value in (A, B, C)),
        json.dumps([A, B, C]),
        json.dumps([A, B, C], indent=2),
        "[\n" + ",\n".join(json.dumps(value) for value in (A, B, C)) + "\n]\n",
        "\n".join(json.dumps(value, indent=2) for value in (A, B, C)),
        "".join(json.dumps(value) for value in (A, B, C)),
        "".join(json.dumps(value, indent=1) for value in (A, B, C)),
        f"{json.dumps([A, B])}\n{json.dumps(C, indent=4)}",
        "\ufeff" + json.dumps([A, B, C]),
    ],
    ids=[
        "lines",
        "blank lines",
        "array",
        "indented array",
        "array of lines",
        "indented values",
        "without separators",
        "indented, without separators",
        "mixed",
        "byte order mark",
    ],
)
def test_events_are_read_in_every_layout(text: str) -> None:
    """Each event is a body of its own."""
    assert decoded(bodies(text)) == [A, B, C]


def test_envelope_is_one_body() -> None:
    """What reads the body opens it."""
    envelope = {"batch": [A, B]}
    assert decoded(bodies(json.dumps(envelope, indent=2))) == [envelope]


def test_line_is_where_a_body_begins() -> None:
    """Also for a value of several lines, and for each element of an array."""
    assert places('\n{"a":\n1}\n[{},\n{}]\n{}') == [
        (2, '{"a":\n1}'),
        (4, "{}"),
        (5, "{}"),
        (6, "{}"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1\n{"b": 2}', [(1, '{"a": 1'), (2, '{"b": 2}')]),
        ('{"a": "1\n{"b": 2}', [(1, '{"a": "1'), (2, '{"b": 2}')]),
        ('{"a": [{"c": 1}\n{"b": 2}', [(1, '{"a": [{"c": 1}'), (2, '{"b": 2}')]),
        ('hello\n{"b": 2}', [(1, "hello"), (2, '{"b": 2}')]),
        ('}\n{"b": 2}', [(1, "}"), (2, '{"b": 2}')]),
        ('{"b": 2}}\n{}', [(1, '{"b": 2}'), (1, "}"), (2, "{}")]),
        ('{"b": 2', [(1, '{"b": 2')]),
        ("[{}, {\n", [(1, "{}"), (1, "{")]),
    ],
    ids=[
        "cut in a value",
        "cut in a text",
        "cut in an array",
        "not JSON",
        "only an end",
        "an end too many",
        "cut at the end",
        "cut array",
    ],
)
def test_broken_value_hides_no_other(text: str, expected: list[tuple[int, str]]) -> None:
    """It is a body of its own, whose reader says what is wrong."""
    assert places(text) == expected


def test_bytes_that_are_not_text_are_a_body() -> None:
    """Reading it says where."""
    assert [body.body for body in bodies(b"{\xff}\n{}")] == [b"{\xff}", b"{}"]


@given(EVENTS, st.sampled_from([None, 1, 4]), st.sampled_from(["", "\n", "\r\n\n"]))
def test_layout_never_changes_events(events: list[Any], indent: int | None, after: str) -> None:
    """Values that follow each other, and the same values in an array."""
    texts = [json.dumps(event, indent=indent) for event in events]
    assert decoded(bodies(after.join(texts))) == events
    assert decoded(bodies(json.dumps(events, indent=indent))) == events


@given(st.text(alphabet='{}[]",:\\a1\n ', max_size=30))
def test_no_text_is_lost(text: str) -> None:
    """Whatever the input is, only white space, and the brackets of arrays, are left out."""
    found = b"".join(body.body for body in bodies(text))
    kept = set('{}"\\a1') & set(text)
    assert {character for character in kept if character.encode() not in found} == set()


def test_files_are_read_in_order(tmp_path: Path) -> None:
    """Each body names its file."""
    (tmp_path / "a.json").write_text(json.dumps(A))
    (tmp_path / "b.json").write_text(json.dumps([B, C]))
    found = list(read_inputs([tmp_path / "a.json", tmp_path / "b.json"]))
    assert decoded(found) == [A, B, C]
    assert found[-1].place == f"{tmp_path / 'b.json'}, line 1"


def test_files_of_a_folder_are_read_also_compressed(tmp_path: Path) -> None:
    """In the order of their names; hidden ones are not read."""
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "a.json.gz").write_bytes(gzip.compress(json.dumps(A).encode()))
    (tmp_path / "b.json").write_text(json.dumps(B))
    (tmp_path / ".hidden").write_text("{")
    assert decoded(read_inputs([tmp_path])) == [A, B]


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    """It names the file and the reason."""
    with pytest.raises(UsageError, match=str(tmp_path)):
        list(read_inputs([tmp_path / "none.json"]))


def test_damaged_gzip_is_an_error(tmp_path: Path) -> None:
    """It names the file; what was read before is no whole input."""
    file = tmp_path / "cut.gz"
    file.write_bytes(gzip.compress(json.dumps(A).encode())[:-4])
    with pytest.raises(UsageError, match=str(file)):
        list(read_inputs([file]))


def test_value_longer_than_any_record_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not kept in memory, and names its place."""
    monkeypatch.setattr(elements, "ELEMENT_BYTES", 30)
    monkeypatch.setattr(elements, "PART_BYTES", 10)
    with pytest.raises(UsageError, match=re.escape("events.json, line 2")):
        bodies('{}\n{"a": "' + "b" * 60 + '"}')
