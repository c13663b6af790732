"""Rows are read from bytes, however Mixpanel breaks them; what is not whole is an error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel_cli.raw_export.rows import ROW_BYTES, BrokenExport, read_rows
from tests.unit.cli.raw_export.mixpanel import lines, row

TEXTS = st.text(max_size=20)
ROWS = st.lists(
    st.builds(lambda name, text: row(name, text=text), TEXTS, TEXTS), min_size=1, max_size=5
)


def parts(content: bytes, size: int) -> list[bytes]:
    """The content in parts of this size."""
    return [content[start : start + size] for start in range(0, len(content), size)]


def read(*chunks: bytes) -> list[Any]:
    """All rows in the chunks."""
    return list(read_rows(chunks))


@given(ROWS, st.integers(1, 50))
def test_rows_are_read_from_chunks_of_any_size(rows: list[Any], size: int) -> None:
    """Also when a chunk ends within a character."""
    content = "\n".join(json.dumps(one, ensure_ascii=False) for one in rows)
    assert read(*parts(content.encode("utf-8", "replace"), size)) == json.loads(
        json.dumps(rows).encode("utf-8", "replace")
    )


@given(ROWS, st.text("\n\r\u2028\x85 x", max_size=9))
def test_raw_line_breaks_in_texts_belong_to_them(rows: list[Any], text: str) -> None:
    """A row with them takes several lines."""
    broken = json.dumps(row(text="@"), ensure_ascii=False).replace("@", text)
    content = broken.encode() + b"\n" + lines(*rows)
    assert read(content) == [row(text=text), *rows]


@given(st.data())
def test_row_on_two_lines_is_joined(data: st.DataObject) -> None:
    """A break within a name, an id or a number is not a part of it."""
    line = lines(row(insert_id="a-b-c"))
    places = [
        line.index(b'$insert_id": "') + 5,
        line.index(b"a-b-c") + 2,
        line.index(b"1795694400000") + 4,
        line.index(b', "properties"') + 1,
        line.index(b"event") + 2,
    ]
    place = data.draw(st.sampled_from(places))
    assert read(line[:place] + b"\n" + line[place:] + lines(row())) == [
        row(insert_id="a-b-c"),
        row(),
    ]


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n"])
def test_empty_export_has_no_events(content: bytes) -> None:
    """Neither have blank lines."""
    assert read(content) == []


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (b"terminated early\n", "ended it early"),
        (b"export terminated early", "ended it early"),
        (lines(row())[:-20], "not whole"),
        (b'{"error": "no"}\n', "not an event"),
        (b"<html>\n" + lines(row()), "not an event"),
        (b"terminated early\n" + lines(row()), "ended it early"),
        (b"{" + b"\n" * 0 + b"[\n" * 1001, "not an event"),
        (b"[" * (ROW_BYTES + 1), "longer than any event"),
        (b"[" * (ROW_BYTES // 2) + b"\n" + b"[" * (ROW_BYTES // 2 + 1), "not an event"),
        (b'{"event": "a", "properties": ' + b"[" * 100_000 + b"}", "not whole"),
    ],
)
def test_export_that_is_not_whole_is_an_error(end: bytes, reason: str) -> None:
    """After its rows, however it ends."""
    rows = read_rows(parts(lines(row()) + end, 65_536))
    assert next(rows) == row()
    with pytest.raises(BrokenExport, match=reason):
        list(rows)
