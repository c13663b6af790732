"""The dashboard and the saved queries as CloudWatch gets them."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.template.stack import Properties, Stack

Widget = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShownMetric:
    """A metric of a widget or an alarm."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    stat: str = ""
    label: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the functions emit it, and not AWS."""
        return self.namespace == "RudderMixpanel"

    @property
    def identity(self) -> tuple[str, frozenset[tuple[str, str]]]:
        """What CloudWatch finds a metric by, within its namespace."""
        return self.name, self.dimensions


def dashboard_body(stack: Stack) -> dict[str, Any]:
    """The body of the stack's dashboard; raises JSONDecodeError when it is not JSON."""
    [dashboard] = stack.of_type("AWS::CloudWatch::Dashboard").values()
    body: dict[str, Any] = json.loads(stack.text(dashboard["DashboardBody"]))
    return body


def widgets_of(stack: Stack, *types: str) -> list[Widget]:
    """The widgets of the stack's dashboard, of these types or all."""
    widgets: list[Widget] = dashboard_body(stack)["widgets"]
    return [widget for widget in widgets if not types or widget["type"] in types]


def metrics_of(widget: Widget) -> Iterator[ShownMetric]:
    """The metrics of a widget: `.` repeats a text of the previous row, `...` several."""
    properties = widget["properties"]
    previous: list[str] = []
    for row in properties["metrics"]:
        texts = [part for part in row if isinstance(part, str)]
        if not texts and "expression" in row[0]:
            continue
        options = row[-1] if isinstance(row[-1], dict) else {}
        if texts[0] == "...":
            texts = previous[: len(previous) - len(texts) + 1] + texts[1:]
        texts = [previous[at] if text == "." else text for at, text in enumerate(texts)]
        previous = texts
        namespace, name, *pairs = texts
        dimensions = frozenset(zip(pairs[::2], pairs[1::2], strict=True))
        stat = options.get("stat", properties.get("stat", ""))
        yield ShownMetric(namespace, name, dimensions, stat, options.get("label", ""))


def shown_metrics(stack: Stack) -> list[ShownMetric]:
    """The metrics of all widgets."""
    return [metric for widget in widgets_of(stack, "metric") for metric in metrics_of(widget)]


def alarm_metrics(stack: Stack) -> list[ShownMetric]:
    """The metrics of all alarms."""
    return [
        ShownMetric(
            alarm["Namespace"],
            alarm["MetricName"],
            frozenset(
                (dimension["Name"], stack.text(dimension["Value"]))
                for dimension in alarm["Dimensions"]
            ),
        )
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
    ]


def queries_of(stack: Stack) -> dict[str, Properties]:
    """The saved queries by the last part of their names."""
    queries = stack.of_type("AWS::Logs::QueryDefinition").values()
    return {stack.text(query["Name"]).rpartition("/")[2]: query for query in queries}


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A query of Logs Insights, and the services of the functions whose logs it reads."""

    text: str
    services: frozenset[str]


def log_queries(stack: Stack) -> dict[str, LogQuery]:
    """The queries of the dashboard's widgets and of Logs Insights, by title or name."""
    shown = {
        widget["properties"]["title"]: query_of_widget(widget["properties"]["query"])
        for widget in widgets_of(stack, "log")
    }
    saved = {
        name: LogQuery(
            query["QueryString"],
            services_of(stack.texts(query["LogGroupNames"])),
        )
        for name, query in queries_of(stack).items()
    }
    return shown | saved


def query_of_widget(text: str) -> LogQuery:
    """A widget's query, which names its log group itself."""
    source, _, query = text.partition(" | ")
    return LogQuery(query, services_of(re.findall(r"'([^']+)'", source)))


def services_of(log_groups: Iterable[str]) -> frozenset[str]:
    """The services that write to log groups: deliver_events to DeliverEventsLogGroup."""
    names = (group.removesuffix("LogGroup") for group in log_groups)
    return frozenset(re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower() for name in names)
