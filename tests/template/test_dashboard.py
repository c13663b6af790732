"""The dashboard: valid, complete, laid out without gaps in time or space, and readable."""

import re
from itertools import combinations
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.template.dashboard import (
    Widget,
    dashboard_body,
    metrics_of,
    shown_metrics,
    widgets_of,
)
from tests.template.dashboard_schema import DASHBOARD
from tests.template.stack import Stack

OPTIONAL_PARTS = [
    {"EventBusName": bus, "ReceiveEvents": receive, "AccessLogs": access}
    for bus in ("", "rudderstack")
    for receive in ("no", "yes")
    for access in ("no", "yes")
]


@pytest.fixture(params=OPTIONAL_PARTS, ids=lambda parts: "-".join(parts.values()))
def stack(expanded: dict[str, Any], request: pytest.FixtureRequest) -> Stack:
    """The stack with each combination of the optional parts that the dashboard shows."""
    return Stack(expanded, request.param)


def cells(widget: Widget) -> set[tuple[int, int]]:
    """The cells of the grid that a widget covers."""
    x, y, width, height = (widget[name] for name in ("x", "y", "width", "height"))
    return {(column, row) for column in range(x, x + width) for row in range(y, y + height)}


def test_body_has_the_structure_that_aws_documents(stack: Stack) -> None:
    """It is JSON, and nothing in it is misspelled."""
    errors = Draft202012Validator(DASHBOARD).iter_errors(dashboard_body(stack))
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


def test_widgets_do_not_overlap(stack: Stack) -> None:
    """CloudWatch would move one of them away from its row."""
    pairs = combinations(widgets_of(stack), 2)
    overlaps = [(a["properties"], b["properties"]) for a, b in pairs if cells(a) & cells(b)]
    assert overlaps == []


def test_widgets_fill_the_width(expanded: dict[str, Any]) -> None:
    """With all optional parts, no row has a hole."""
    widgets = widgets_of(Stack(expanded, {"EventBusName": "bus", "ReceiveEvents": "yes"}))
    covered = set().union(*(cells(widget) for widget in widgets))
    rows = 1 + max(row for _, row in covered)
    assert covered == {(column, row) for column in range(24) for row in range(rows)}


def test_every_widget_has_a_title_of_its_own(stack: Stack) -> None:
    """It is what a person reads first."""
    titles = [widget["properties"]["title"] for widget in widgets_of(stack, "metric", "log")]
    assert sorted(titles) == sorted(set(titles))


def test_every_axis_says_what_it_counts(stack: Stack) -> None:
    """Each graph has a label on each axis that it uses."""
    unlabelled = [
        widget["properties"]["title"]
        for widget in widgets_of(stack, "metric")
        if widget["properties"]["view"] == "timeSeries"
        and used_axes(widget) != set(widget["properties"]["yAxis"])
    ]
    assert unlabelled == []


def used_axes(widget: Widget) -> set[str]:
    """The axes that the metrics of a widget use."""
    options = [row[-1] for row in widget["properties"]["metrics"] if isinstance(row[-1], dict)]
    return {option.get("yAxis", "left") for option in options if option.get("visible", True)}


def test_every_metric_has_a_statistic_and_a_name_for_people(stack: Stack) -> None:
    """Without a statistic, CloudWatch would show an average; without a label, the bare metric."""
    incomplete = [
        (metric.name, metric.stat)
        for widget in widgets_of(stack, "metric")
        for metric, row in zip(metrics_of(widget), metric_rows(widget), strict=True)
        if not metric.stat or not (metric.label or row[-1].get("visible") is False)
    ]
    assert incomplete == []


def metric_rows(widget: Widget) -> list[Any]:
    """The rows of a widget that are metrics, and not expressions."""
    return [row for row in widget["properties"]["metrics"] if isinstance(row[0], str)]


def test_every_alarm_is_shown(stack: Stack) -> None:
    """By the ARN, each once, in the widget of alarms."""
    [widget] = widgets_of(stack, "alarm")
    alarms = [f"{name}.Arn" for name in stack.of_type("AWS::CloudWatch::Alarm")]
    assert sorted(widget["properties"]["alarms"]) == sorted(alarms)


def test_every_queue_function_and_table_is_shown(stack: Stack) -> None:
    """What is not shown is not missed when it stops."""
    shown = {value for metric in shown_metrics(stack) for _, value in metric.dimensions}
    resources = {
        *(f"{name}.QueueName" for name in stack.of_type("AWS::SQS::Queue")),
        *stack.of_type("AWS::Lambda::Function"),
        *stack.of_type("AWS::DynamoDB::Table"),
        *stack.of_type("AWS::Logs::LogGroup"),
        *(stack.text(api["Name"]) for api in stack.of_type("AWS::ApiGateway::RestApi").values()),
    }
    assert resources - shown == set()


def test_gigabyte_seconds_are_of_the_functions_memory(stack: Stack) -> None:
    """The expressions have the memory of each function, which no metric of AWS has."""
    [widget] = [each for each in widgets_of(stack, "metric") if "GB-s" in str(each["properties"])]
    rows = widget["properties"]["metrics"]
    expressions = {row[0]["label"]: row[0]["expression"] for row in rows if "expression" in row[0]}
    ids = {
        row[-1]["id"]: metric
        for row, metric in zip(metric_rows(widget), metrics_of(widget), strict=True)
    }
    functions = stack.of_type("AWS::Lambda::Function")
    found = {
        function_of(ids[expression.split()[0]]): expression.split(" ", 1)[1]
        for expression in expressions.values()
    }
    expected = {name: f"/ 1000 * {one['MemorySize']} / 1024" for name, one in functions.items()}
    assert found == expected


def function_of(metric: Any) -> str:
    """The function whose metric it is."""
    return str(dict(metric.dimensions)["FunctionName"])


def test_dashboard_says_what_to_run(stack: Stack) -> None:
    """At the top, with this stack's name."""
    [first, *_] = widgets_of(stack, "text")
    commands = re.findall(
        r"`(rudder-mixpanel \w+)[^`]* --stack rudder-mixpanel-prod`",
        first["properties"]["markdown"],
    )
    assert (first["y"], commands) == (0, ["rudder-mixpanel doctor", "rudder-mixpanel where"])


def test_dashboard_is_named_after_stack_and_region(stack: Stack) -> None:
    """An account has one dashboard of a name, whatever the region."""
    [dashboard] = stack.of_type("AWS::CloudWatch::Dashboard").values()
    assert stack.text(dashboard["DashboardName"]) == "rudder-mixpanel-prod-eu-central-1"


@pytest.mark.parametrize(
    ("parameter", "resource"),
    [("Dashboard", "AWS::CloudWatch::Dashboard"), ("SavedQueries", "AWS::Logs::QueryDefinition")],
)
def test_parameter_leaves_it_out(expanded: dict[str, Any], parameter: str, resource: str) -> None:
    """Whoever has dashboards of their own pays for none here."""
    has = [bool(Stack(expanded, {parameter: one}).of_type(resource)) for one in ("yes", "no")]
    assert has == [True, False]
