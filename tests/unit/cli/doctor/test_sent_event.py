"""`doctor --send`: an event is sent through the stack and followed."""

import pytest

from rudder_mixpanel_cli.doctor import end_to_end
from tests.unit.cli.doctor.account import Account, lines


def test_event_that_does_not_arrive_is_a_failure(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is searched in the log and in every queue, and says how to follow it."""
    monkeypatch.setattr(end_to_end, "PATIENCE", -1)
    account.have_old_event(10)
    account.send("RejectedQueue")
    sent = lines("--send")[-1]
    assert (sent["name"], sent["level"], "where rudder-mixpanel-doctor-" in sent["advice"]) == (
        "event sent",
        "failure",
        True,
    ), sent
