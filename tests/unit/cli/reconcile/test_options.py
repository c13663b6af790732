"""Wrong days and time zones are refused before anything is read."""

import pytest
from typer.testing import CliRunner

from rudder_mixpanel_cli.command import app

DAYS = ("--from", "2026-11-01", "--to", "2026-11-02")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "2020-01-01"], "--to: 2020-01-01 is before 2026-11-01"),
        (["--from", "x"], "--from: expected a day such as 2026-12-31, got x"),
        (["--from", "2999-01-01", "--to", "2999-01-01"], "--from: 2999-01-01 is in the future"),
        (["--from", "2020-01-01"], "--to: expected at most 366 days"),
        (["--time-zone", "Berlin"], "--time-zone: expected a name such as Europe/Berlin"),
        (["--time-zone", "../x"], "--time-zone: expected a name such as Europe/Berlin"),
    ],
)
def test_wrong_option_is_status_2(arguments: list[str], message: str) -> None:
    """With one line that says what was expected."""
    done = CliRunner().invoke(app, ["reconcile", "--stack", "prod", *DAYS, *arguments])
    assert (done.exit_code, message in done.stderr) == (2, True), done.output
