"""The comparison of two revisions: what is delivered, and what is made of the measurements."""

import os
import time
from collections import Counter

import orjson
import pytest

from benchmarks.batches import batches
from benchmarks.comparison import comparison_table, summarize, traffic_lines
from benchmarks.delivering import Measurement
from benchmarks.goals import GOALS, batch_figures
from benchmarks.machine import processor_name
from benchmarks.process import processor_seconds
from benchmarks.scenarios import SCENARIOS
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.mapping import map_message
from sandbox.aws import ROOT
from sandbox.revision import UnknownRevision, describe_revision, unpack_revision

CONFIG = orjson.loads((ROOT / "benchmarks" / "destination.json").read_bytes())


def measured(*processor_ms: float) -> list[Measurement]:
    """Measurements of rounds, of which only the processor time differs."""
    return [Measurement(each, 1000, 100, {"/import": 1}, {"Query": 2}) for each in processor_ms]


def counters_of(share: float | None) -> int:
    """How many counters a batch of 2,000 events has."""
    (batch,) = batches(2000, 1, share)
    destination = Destination.from_config(CONFIG)
    lanes = Counter(
        operation.lane
        for record in batch["Records"]
        for operation in map_message(
            orjson.loads(record["body"]),
            destination,
            now=int(record["attributes"]["SentTimestamp"]),
        )[0]
    )
    return lanes["counters"]


@pytest.mark.parametrize(("share", "counters"), [(0.0, 0), (0.2, 400), (0.9, 1800)])
def test_each_chosen_event_has_one_counter(share: float, counters: int) -> None:
    """So that the share is that of counters, too."""
    assert counters_of(share) == counters


def test_the_workload_has_about_500_counters() -> None:
    """As the name of its scenarios says."""
    assert counters_of(None) == pytest.approx(500, rel=0.05)


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """A round in which the machine was busy affects both revisions, and no ratio."""
    rounds = {"present": measured(10, 90, 11), "against": measured(20, 180, 44)}
    assert summarize(rounds)["ratios"]["processor_ms"] == 0.5


def test_one_revision_alone_has_no_ratios() -> None:
    """Only its medians."""
    summary = summarize({"present": measured(10, 30, 20)})
    assert (list(summary), summary["present"]["processor_ms"]) == (["present"], 20)


def test_traffic_is_printed_for_each_revision() -> None:
    """Requests first, then calls of AWS."""
    scenarios = {"few": summarize({"present": measured(1), "against": measured(2)})}
    assert list(traffic_lines(scenarios)) == [
        "few, present: 1 /import; 2 Query",
        "few, against: 1 /import; 2 Query",
    ]


def test_the_table_has_a_row_for_each_revision_and_one_for_ratios() -> None:
    """Below each other, so that they can be compared."""
    scenarios = {"few": summarize({"present": measured(1), "against": measured(2)})}
    table = comparison_table(scenarios, "")
    assert [list(column.cells) for column in table.columns][1:3] == [
        ["present", "against", "ratios"],
        ["1", "2", "0.50"],
    ]


def test_events_a_second_are_computed_of_ten_batches_at_a_time() -> None:
    """2,000 events in a second are 20,000."""
    summary = summarize({"present": measured(1), "against": measured(2)})
    *_, rate = batch_figures(next(iter(GOALS)), summary, 2000)
    assert (rate.present, rate.goal) == ("20,000", "≥ 16,000")


def test_every_goal_is_of_a_scenario() -> None:
    """A renamed scenario would lose its goals without a word."""
    assert GOALS.keys() <= {scenario.name for scenario in SCENARIOS}


@pytest.mark.parametrize("use", [describe_revision, lambda name: unpack_revision(name, ROOT)])
def test_unknown_revision_is_named(use: object) -> None:
    """Before anything is built."""
    assert callable(use)
    with pytest.raises(UnknownRevision, match="no revision no-such-revision"):
        use("no-such-revision")


def test_processor_time_is_that_of_the_process() -> None:
    """All of it, to less than a millisecond."""
    before = time.process_time()
    found = processor_seconds(os.getpid())
    assert before <= found <= time.process_time()


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [("processor\t: 0\nmodel name\t: AMD EPYC 7R13\n", "AMD EPYC 7R13"), ("processor\t: 0\n", "")],
)
def test_processor_is_named_where_linux_names_it(cpuinfo: str, name: str) -> None:
    """On arm64 it does not."""
    assert processor_name(cpuinfo) == name
