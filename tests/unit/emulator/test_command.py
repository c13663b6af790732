"""The options of `mixpanel-emulator`: each is explained, and a wrong value is one line."""

import pytest

from mixpanel_emulator.command import build_parser, main


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [
        ("--port", "99999", "expected a number from 0 to 65535"),
        ("--port", "-1", "expected a number from 0 to 65535"),
        ("--port", "http", "expected a number from 0 to 65535"),
        ("--clock", "yesterday", "expected an ISO 8601 time"),
    ],
)
def test_wrong_value_is_explained(
    option: str, value: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line names the option and what it expects, and the exit status is 2."""
    with pytest.raises(SystemExit, match="2"):
        main([option, value])
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"mixpanel-emulator: error: argument {option}: {error}"


def test_every_option_is_explained() -> None:
    """`--help` says what each one means."""
    actions = build_parser()._actions
    assert [action.option_strings for action in actions if not action.help] == []
