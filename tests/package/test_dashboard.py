"""The dashboard of the deployed sandbox shows the resources and the metrics that are there."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.deletion.metrics import STATES, DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from rudder_mixpanel.receiving.metrics import ReceivingMetric
from tests.template.dashboard import ShownMetric, metrics_of

ROOT = Path(__file__).parents[2]
# Metrics of faults that the demo does not have, and of regulations that are open at the end of an
# invocation, as that of the demo may be or not. tests/functions has all of them.
NOT_ALWAYS = {
    DeliveryMetric.WRONG_SUPPRESSION_KEY,
    DeliveryMetric.SUPERSEDED,
    ReceivingMetric.TIME_REPLACED,
    *(*STATES, DeletionMetric.DAYS_LEFT),
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the account of the sandbox has after the demo."""
    path = tmp_path_factory.mktemp("demo") / "account.json"
    command = [sys.executable, "-m", "tests.package.deployed_demo", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def shown(account: dict[str, Any]) -> Iterator[ShownMetric]:
    """The metrics in the dashboard's widgets."""
    for widget in json.loads(account["dashboard"])["widgets"]:
        if widget["type"] == "metric":
            yield from metrics_of(widget)


def emitted(account: dict[str, Any]) -> set[Any]:
    """The names and dimensions of the metrics in the logs of the functions."""
    lines = [json.loads(line) for line in account["lines"] if '"_aws"' in line]
    return {
        (metric["Name"], frozenset((name, line[name]) for name in dimensions))
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }


def test_deployed_dashboard_shows_what_the_functions_emit(account: dict[str, Any]) -> None:
    """Each metric with its dimensions; only those that the demo does not always have may miss."""
    ours = {metric.identity for metric in shown(account) if metric.is_ours}
    found = emitted(account)
    missing = {name for name, _ in ours - found} - NOT_ALWAYS
    assert (found - ours, missing) == (set(), set())


def test_deployed_dashboard_shows_resources_that_exist(account: dict[str, Any]) -> None:
    """Every queue, function, table and log group that a widget names is one of the stack's."""
    missing = {
        (kind, name)
        for metric in shown(account)
        for kind, name in metric.dimensions
        if kind in account["names"] and name not in account["names"][kind]
    }
    assert missing == set()
