"""The report names exactly what Mixpanel lacks, repeats and has from others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from mixpanel_emulator import Emulator
from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.raw_export import download
from rudder_mixpanel_cli.times import current_time
from tests.fakes.clock import Clock
from tests.permissions.operator import OPERATOR
from tests.reconciliation.environment import (
    STACK,
    ZONE,
    deploy,
    fault_export,
    log_receipts,
    project,
    store_events,
)
from tests.reconciliation.plan import EXPORT_FAULTS, MISSING_ROWS, Plan, listed_in

EVENTS = 2_000


class Reconciled:
    """A plan that has happened."""

    def __init__(self, zone: str, emulator: Emulator, plan: Plan) -> None:
        self.zone = zone
        self.emulator = emulator
        self.plan = plan

    def run(self, *arguments: str) -> Result:
        """Run the command for the days of the plan."""
        period = self.plan.period
        days = ["--from", str(period.first), "--to", str(period.last)]
        return CliRunner().invoke(app, ["reconcile", "--stack", STACK, *days, *arguments])


@pytest.fixture(scope="module", params=["UTC", ZONE])
def reconciled(request: pytest.FixtureRequest) -> Iterator[Reconciled]:
    """A project of each age, and a stack that has delivered to it."""
    plan = Plan(1, EVENTS, current_time())
    clock = Clock(plan.now)
    with (
        pytest.MonkeyPatch.context() as patch,
        Emulator(project=project(request.param), now=clock) as emulator,
        mock_aws(config={"lambda": {"use_docker": False}}),
    ):
        patch.setattr(download, "BETWEEN_REQUESTS", 0)
        store_events(emulator, clock, plan)
        stack = deploy(emulator)
        log_receipts(stack, plan)
        yield Reconciled(request.param, emulator, plan)


@pytest.fixture(autouse=True)
def only_what_is_permitted(reconciled: Reconciled) -> Iterator[None]:
    """The command runs under its permissions, and each test has its own faults."""
    reconciled.emulator.clear_faults()
    with OPERATOR.installed():
        yield
    assert OPERATOR.take_denied() == []


@pytest.mark.parametrize("fault", EXPORT_FAULTS)
def test_report_is_exact(reconciled: Reconciled, fault: str) -> None:
    """However Mixpanel sends the rows, in whatever time zone, and with identity events or not."""
    fault_export(reconciled.emulator, fault)
    done = reconciled.run("--json", "--missing", "--doubled", "--time-zone", reconciled.zone)
    assert done.exit_code == 1, done.output
    report, *lines = map(json.loads, done.stdout.splitlines())
    counts, listed = reconciled.plan.expected(fault)
    assert ({name: report[name] for name in counts}, listed_in(lines)) == (counts, listed)


def test_time_zone_only_matters_for_unknown_rows(reconciled: Reconciled) -> None:
    """Without it, everything else is counted alike, and the report says what to do."""
    with_zone, without = (
        json.loads(reconciled.run("--json", "--time-zone", zone).stdout)
        for zone in (reconciled.zone, "UTC")
    )
    same = ("delivered", "found", "missing", "tooNew", "copies", "doubled", "completeness")
    assert [with_zone[name] for name in same] == [without[name] for name in same]
    has_advice = "repeat this with --time-zone" in reconciled.run().stdout
    assert (without["otherDay"] > 0, has_advice) == (reconciled.zone != "UTC",) * 2


@pytest.mark.parametrize(
    "fault", ["terminated_early", "terminated_early_of_old", "terminated_at_once"]
)
def test_export_that_ends_early_is_no_answer(reconciled: Reconciled, fault: str) -> None:
    """Nothing is reported, and the exit status says so."""
    reconciled.emulator.fault(fault, times=1)
    done = reconciled.run("--json")
    assert (done.exit_code, done.stdout, "Mixpanel ended it early" in done.stderr) == (2, "", True)


def test_completeness_is_rounded_down(reconciled: Reconciled) -> None:
    """It is that of the plan."""
    report: dict[str, Any] = json.loads(reconciled.run("--json").stdout)
    share = 100 * report["found"] / (report["found"] + report["missing"])
    assert (report["completeness"] <= share < report["completeness"] + 0.0001) is True


def test_missing_hash_is_found_by_where(reconciled: Reconciled) -> None:
    """It tells when the event was delivered."""
    fault_export(reconciled.emulator, MISSING_ROWS)
    done = reconciled.run("--missing")
    hashes = done.stdout.split()
    since = str(reconciled.plan.period.earliest_delivery.isoformat())
    arguments = ["where", "--stack", STACK, "--since", since, "--", *hashes[:2]]
    found = CliRunner().invoke(app, arguments)
    assert (found.exit_code, found.stdout.count("delivered at")) == (0, 2), found.output
    assert "% complete" in done.stderr
