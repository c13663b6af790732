"""A long input is split into values in constant memory, whatever its layout."""

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel_cli.events_input import elements
from rudder_mixpanel_cli.events_input.elements import InputElement, read_elements

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
OBJECTS = st.dictionaries(
    TEXTS, st.one_of(TEXTS, st.integers(), st.lists(TEXTS, max_size=3)), max_size=4
)


def read(text: str | bytes) -> list[InputElement]:
    """The elements of a text."""
    content = text if isinstance(text, bytes) else text.encode()
    return list(read_elements(BytesIO(content)))


def decoded(text: str) -> list[Any]:
    """The values of a text, of which none is broken; arrays on one line are opened."""
    values = [json.loads(element.value or b"null") for element in read(text)]
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": [2]}\n',
        '[{"a": 1}, {"a": [2]}]',
        '[\n  {"a": 1},\n  {"a": [2]}\n]\n',
        '[\n  {\n    "a": 1\n  }, {\n    "a": [\n      2\n    ]\n  }\n]\n',
        '\ufeff{"a": 1} {"a":\n[2]}',
        '[{"a": 1}]\n[\n{"a": [2]}]',
        '{"a": 1},\n{"a": [2]},\n',
    ],
)
def test_every_layout_has_the_same_values(text: str) -> None:
    """Lines, arrays on one line or several, indented values, several values on a line."""
    assert decoded(text) == [{"a": 1}, {"a": [2]}]


@given(
    values=st.lists(OBJECTS, max_size=6),
    part=st.integers(1, 40),
    indent=st.sampled_from([None, 1]),
    is_array=st.booleans(),
)
def test_values_do_not_depend_on_where_a_line_is_cut(
    values: list[Any],
    part: int,
    indent: int | None,
    is_array: bool,  # noqa: FBT001 - drawn
) -> None:
    """A long line is read in parts, which may end within a text, a number or an escape."""
    text = json.dumps(values, indent=indent)
    if not is_array:
        text = "\n".join(json.dumps(value, indent=indent) for value in values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "PART_BYTES", part)
        assert decoded(text) == values


def test_elements_of_an_array_have_their_own_lines() -> None:
    """The line on which each begins."""
    lines = [element.line for element in read('[\n{"a": 1},\n{\n"a": 2\n},\n{"a": 3}]')]
    assert lines == [2, 3, 6]


def test_a_broken_line_does_not_break_the_next_one() -> None:
    """A line that was cut is a value of its own, which nobody can read."""
    assert read('{"a": 1}\n{"a": "b\n{"a": 2}\n') == [
        InputElement(1, b'{"a": 1}'),
        InputElement(2, b'{"a": "b'),
        InputElement(3, b'{"a": 2}'),
    ]


def test_a_broken_element_does_not_swallow_those_after_it() -> None:
    """It lacks its last bracket, and ends with a comma as the others."""
    assert read('[\n{"a": {"b": 1},\n{"a": 2},\n{"a": 3}\n]') == [
        InputElement(2, b'{"a": {"b": 1},'),
        InputElement(3, b'{"a": 2}'),
        InputElement(4, b'{"a": 3}'),
    ]


def test_a_value_that_is_too_long_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its line is known, and the next value is read."""
    monkeypatch.setattr(elements, "PART_BYTES", 10)
    monkeypatch.setattr(elements, "ELEMENT_BYTES", 30)
    text = '{"a": [' + ",".join("1" * 40) + ']}\n{"a": 2}'
    assert read(text) == [InputElement(1, None), InputElement(2, b'{"a": 2}')]


def test_of_a_value_that_never_ends_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not something for each of its lines."""
    monkeypatch.setattr(elements, "ELEMENT_BYTES", 100)
    reader = elements.ElementReader()
    found = [each for number in range(1000) for each in reader.read_line(b'{"a":', number)]
    assert (found, len(reader.parts)) == ([], 1)
