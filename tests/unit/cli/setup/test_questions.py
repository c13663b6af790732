"""`rudder-mixpanel setup` on a terminal: its questions, and what the answers become."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.unit.cli.setup.new_stack import (
    ACCOUNT,
    GDPR_TOKEN,
    HIDDEN,
    NAME,
    TOKEN,
    NewStack,
    deploy_new_stack,
    write,
)

SETUP = (sys.executable, "-m", "rudder_mixpanel_cli.command", "setup", "--stack", NAME)
CTRL_C, CTRL_D = "\x03", "\x04"
QUESTION = re.compile(r"[\]a-z)]:? $")
SECONDS = 60.0


@pytest.fixture
def served_stack() -> Iterator[NewStack]:
    """A new stack in an account that another process can reach."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    address = f"http://127.0.0.1:{port}"
    httpx.post(f"{address}/moto-api/reset")  # all servers of a process share their state
    yield deploy_new_stack(address)
    server.stop()


class Terminal:
    """A command on a pseudo-terminal; `shown` is what a person sees."""

    def __init__(self, stack: NewStack, *arguments: str) -> None:
        self.descriptor, side = pty.openpty()
        environ = {**os.environ, "AWS_ENDPOINT_URL": str(stack.endpoint), "COLUMNS": "100"}
        # A session of its own, so that its questions never reach the terminal of the tests.
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*SETUP, "--no-check", *arguments],
            stdin=side,
            stdout=side,
            stderr=side,
            env=environ,
            start_new_session=True,
        )
        os.close(side)
        self.shown = ""

    def read(self) -> None:
        """Read until it asks, or ends."""
        while select.select([self.descriptor], [], [], SECONDS)[0]:
            try:
                self.shown += os.read(self.descriptor, 65536).decode().replace("\r", "")
            except OSError:  # as a pseudo-terminal ends
                return
            if QUESTION.search(self.shown) and not select.select([self.descriptor], [], [], 0.5)[0]:
                return

    def answer(self, *answers: str) -> int:
        """Give one answer after the other; return the exit status."""
        for answer in answers:
            self.read()
            if answer == CTRL_C:
                self.process.send_signal(signal.SIGINT)
            else:
                os.write(self.descriptor, (answer if answer == CTRL_D else f"{answer}\n").encode())
        while self.process.poll() is None:
            self.read()
        self.read()
        os.close(self.descriptor)
        return self.process.returncode


def test_newcomer_without_a_config_is_asked(served_stack: NewStack) -> None:
    """For the five settings that everybody needs, and the credentials that they need."""
    terminal = Terminal(served_stack)
    status = terminal.answer(
        *("mars", "eu", "simplified", "company_id, team", "", "task"),
        *("", TOKEN, *ACCOUNT.values(), GDPR_TOKEN, "y"),
    )
    assert (status, served_stack.settings(), served_stack.secret("delivery-credentials")) == (
        0,
        {
            "dataResidency": "eu",
            "identityMergeApi": "simplified",
            "groupKeySettings": ["company_id", "team"],
            "compatibility": "none",
            "userDeletionApi": "task",
        },
        {"token": TOKEN, **ACCOUNT},
    )
    assert "Please answer us or eu or in." in terminal.shown
    assert [text for text in HIDDEN if text in terminal.shown] == []


def test_enter_takes_and_keeps_what_is_there(served_stack: NewStack, tmp_path: Path) -> None:
    """First that of the Config, then that of the stack; a minus removes one."""
    file = write(tmp_path, {"token": TOKEN, **ACCOUNT})
    first = Terminal(served_stack, file).answer("rudderstack", "", "", "", "", "y")
    kept = served_stack.everything()
    terminal = Terminal(served_stack, write(tmp_path, {}))
    second = terminal.answer("", "", "-", "y")
    assert (first, kept["settings"], kept["delivery-credentials"]) == (
        0,
        {"compatibility": "rudderstack"},
        {"token": TOKEN, **ACCOUNT},
    )
    assert (second, served_stack.settings(), served_stack.secret("delivery-credentials")) == (
        0,
        {"compatibility": "rudderstack"},
        {"token": TOKEN},
    )
    assert "[Enter keeps the one in the stack]" in terminal.shown


def test_invalid_credential_is_asked_again(served_stack: NewStack, tmp_path: Path) -> None:
    """With what is wrong about it, and without it."""
    terminal = Terminal(served_stack, write(tmp_path, {}), "--set", "compatibility=none")
    status = terminal.answer("{{ .s3cret }}", "s3cret s3cret", TOKEN, "", "y")
    assert (status, served_stack.secret("delivery-credentials")) == (0, {"token": TOKEN})
    assert "got a placeholder. Try again." in terminal.shown
    assert "s3cret" not in terminal.shown.replace("delivery-credentials", "")


@pytest.mark.parametrize(
    ("answers", "status", "says"),
    [
        ((TOKEN, "", "n"), 1, "rudder-mixpanel: nothing was written"),
        ((TOKEN, CTRL_D), 1, "rudder-mixpanel: nothing was written"),
        ((CTRL_D,), 1, "rudder-mixpanel: nothing was written"),
        ((CTRL_C,), 130, "rudder-mixpanel: interrupted: nothing was written"),
        ((TOKEN, "", CTRL_C), 130, "rudder-mixpanel: interrupted: nothing was written"),
    ],
    ids=["no", "end of input", "end of input at a secret", "Ctrl-C at a secret", "Ctrl-C"],
)
def test_aborted_question_writes_nothing_and_says_so(
    served_stack: NewStack, tmp_path: Path, answers: tuple[str, ...], status: int, says: str
) -> None:
    """Whichever question, and however it ends."""
    terminal = Terminal(served_stack, write(tmp_path, {}), "--set", "compatibility=none")
    actual = terminal.answer(*answers)
    assert (actual, set(served_stack.everything().values())) == (status, {None})
    assert terminal.shown.rstrip().splitlines()[-1].startswith(says)


def test_credentials_are_not_read_from_a_terminal(served_stack: NewStack, tmp_path: Path) -> None:
    """It would show what is typed."""
    terminal = Terminal(served_stack, write(tmp_path, {}), "--credentials", "-")
    assert (terminal.answer(), "a terminal would show them" in terminal.shown) == (2, True)
