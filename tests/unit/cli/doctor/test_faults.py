"""Each fault of a stack changes its own line of doctor, and no other."""

import pytest

from rudder_mixpanel_cli.doctor.checks import ordered_checks
from tests.unit.cli.doctor import faults_of_mixpanel, faults_of_resources, faults_of_settings
from tests.unit.cli.doctor.account import Account, lines
from tests.unit.cli.doctor.fault import Fault

FAULTS = [*faults_of_settings.FAULTS, *faults_of_mixpanel.FAULTS, *faults_of_resources.FAULTS]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault_breaks_its_own_line(account: Account, fault: Fault) -> None:
    """The others are fine, or wait for it."""
    fault.do(account)
    waiting = f'Not checked until "{fault.line}" is fixed.'
    broken = [line for line in lines() if line["level"] != "ok" and line["text"] != waiting]
    shown = [(line["name"], line["level"], fault.words in line["text"]) for line in broken]
    assert (shown, bool(broken[0]["advice"])) == ([(fault.line, fault.level, True)], True), broken


def test_every_check_has_a_fault() -> None:
    """No line is only ever ok."""
    assert {fault.line for fault in FAULTS} == {check.name for check in ordered_checks()}
