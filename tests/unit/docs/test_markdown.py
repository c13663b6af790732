"""Tables and code spans in Markdown."""

from docs.printing import markdown


def test_table_has_a_head_and_rows() -> None:
    """With a line between them."""
    assert markdown.table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_bar_in_a_cell_is_escaped() -> None:
    """Otherwise it would end the cell."""
    assert markdown.table(("a",), [("b | c",)]).splitlines()[-1] == r"| b \| c |"


def test_code_list_has_commas() -> None:
    """Each name is a code span."""
    assert markdown.code_list(["a", "b"]) == "`a`, `b`"
