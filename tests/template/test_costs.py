"""What the template sets because of what it costs, or because of a limit of AWS."""

import re
from typing import Any

import pytest

from benchmarks import cost, limits, memory
from tests.template.stack import Stack
from tests.template.test_functions import TRACES

DELIVERY = "DeliverEventsFunction"


def test_all_batches_fit_what_sqs_keeps_in_flight(template: dict[str, Any]) -> None:
    """At the highest concurrency, with one more batch gathered for each that is delivered."""
    batch = template["Resources"][DELIVERY]["Properties"]["Events"]["Events"]["Properties"]
    most = template["Parameters"]["MaximumConcurrency"]["MaxValue"]
    assert most == limits.most_concurrency(batch["BatchSize"])


def test_the_model_of_costs_has_the_batches_of_the_template(template: dict[str, Any]) -> None:
    """Their size and window are those that costs are computed with."""
    batch = template["Resources"][DELIVERY]["Properties"]["Events"]["Events"]["Properties"]
    modelled = (cost.BATCH_RECORDS, cost.WINDOW, memory.CONCURRENCY)
    assert modelled == (
        batch["BatchSize"],
        batch["MaximumBatchingWindowInSeconds"],
        template["Parameters"]["MaximumConcurrency"]["Default"],
    )


def test_the_memory_is_what_was_measured_as_best(stack: Stack) -> None:
    """Each function has the cheapest size that meets its goal; benchmarks/memory.py says which."""
    functions = stack.of_type("AWS::Lambda::Function")
    sizes = {name: function["MemorySize"] for name, function in functions.items()}
    assert sizes == {
        DELIVERY: memory.delivery_memory(),
        "DeleteUsersFunction": memory.deletion_memory(),
        "ReceiveEventsFunction": memory.receiving_memory(),
        "RegulationsApiFunction": memory.REGULATIONS_MB,
    }


def test_the_memory_holds_twice_what_a_batch_used(stack: Stack) -> None:
    """Batches of larger events, and another version of the runtime, still fit."""
    size = stack.of_type("AWS::Lambda::Function")[DELIVERY]["MemorySize"]
    assert size >= memory.HEADROOM * memory.peak_mb()


@pytest.mark.parametrize(("tracing", "roles"), [("PassThrough", 0), ("Active", 4)])
def test_traces_are_written_only_when_they_are_recorded(
    expanded: dict[str, Any], tracing: str, roles: int
) -> None:
    """No role has the permission otherwise."""
    stack = Stack(expanded, {"Tracing": tracing, "ReceiveEvents": "yes"})
    statements = [statement for statement in stack.statements() if statement == TRACES]
    modes = {
        stack.text(function["TracingConfig"]["Mode"])
        for function in stack.of_type("AWS::Lambda::Function").values()
    }
    assert (len(statements), modes) == (roles, {tracing})


def test_the_dashboard_multiplies_by_the_memory_of_each_function(stack: Stack) -> None:
    """The GB-seconds that it shows are those that Lambda bills."""
    pattern = r'"\w+Ms / 1000 \* (\d+) / 1024", "label": "(\w+)"'
    shown = {name: int(size) for size, name in re.findall(pattern, dashboard_text(stack))}
    functions = stack.of_type("AWS::Lambda::Function").values()
    sizes = {
        function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: function["MemorySize"]
        for function in functions
    }
    assert shown == sizes


def dashboard_text(stack: Stack) -> str:
    """The body of the dashboard as JSON."""
    [dashboard] = stack.of_type("AWS::CloudWatch::Dashboard").values()
    return stack.text(dashboard["DashboardBody"])
