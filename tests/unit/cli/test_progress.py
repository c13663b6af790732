"""Progress bars on a terminal."""

import os
import pty
import sys

import pytest

from rudder_mixpanel_cli.progress import progress_bar, status_line


@pytest.mark.parametrize(
    ("term", "total", "is_shown"),
    [("xterm", 2, True), ("xterm", 0, False), ("dumb", 2, False)],
    ids=["terminal", "nothing to do", "dumb"],
)
def test_progress_is_shown_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, term: str, total: int, *, is_shown: bool
) -> None:
    """That can move its cursor, while there is something to do."""
    reader, terminal = pty.openpty()
    monkeypatch.setenv("TERM", term)
    with os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with progress_bar("deleting", total) as advance:
            advance(1)
        stderr.write("end")
        stderr.flush()
        assert (b"deleting" in read_until_end(reader)) is is_shown


def test_status_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is being done at the moment."""
    reader, terminal = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with status_line("searching") as update:
            update("comparing")
        stderr.write("end")
        stderr.flush()
        shown = read_until_end(reader)
    assert b"comparing" in shown


def read_until_end(reader: int) -> bytes:
    """Read what a terminal shows, up to the word that ends it."""
    shown = b""
    while not shown.endswith(b"end"):
        shown += os.read(reader, 65536)
    return shown
