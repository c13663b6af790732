"""Dashboard, alarms and saved queries look for what the functions write, and for all of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from rudder_mixpanel.deletion.metrics import DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.receiving.metrics import ReceivingMetric
from rudder_mixpanel.regulations.model import FINAL, RegulationState
from tests.functions.log_samples import log_samples, metric_samples
from tests.template.dashboard import (
    alarm_metrics,
    log_queries,
    metrics_of,
    shown_metrics,
    widgets_of,
)
from tests.template.stack import Stack, expand_template

type Identity = tuple[str, frozenset[tuple[str, str]]]

# The words of Logs Insights in our queries, which are no fields.
WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        and as asc bin by coalesce count desc display earliest fields filter in ispresent jsonParse
        latest like limit max not or pct sort stats sum unnest into
        """,
    )
)


@pytest.fixture(scope="module")
def stack() -> Stack:
    """The stack with all optional parts."""
    return Stack(expand_template(), {"ReceiveEvents": "yes", "EventBusName": "rudderstack"})


def emitted_units() -> dict[Identity, str]:
    """The unit of each metric that the functions emit, by its name and dimensions."""
    return {
        (metric["Name"], frozenset((name, line[name]) for name in dimensions)): metric["Unit"]
        for line in metric_samples()
        for directive in line["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }


def test_every_documented_metric_is_emitted() -> None:
    """The samples are complete, in the one namespace."""
    namespaces = {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in metric_samples()}
    documented = {*DeliveryMetric, *DeletionMetric, *ReceivingMetric}
    assert (namespaces, {name for name, _ in emitted_units()}) == ({"RudderMixpanel"}, documented)


def test_widgets_show_exactly_what_is_emitted(stack: Stack) -> None:
    """Each metric with its dimensions: none of another name, and none left out."""
    shown = {metric.identity for metric in shown_metrics(stack) if metric.is_ours}
    assert shown == emitted_units().keys()


def test_alarms_watch_what_is_emitted(stack: Stack) -> None:
    """With the same dimensions, since CloudWatch knows a metric by them."""
    watched = {metric.identity for metric in alarm_metrics(stack) if metric.is_ours}
    assert watched - emitted_units().keys() == set()


def test_widgets_name_the_unit_of_their_metrics(stack: Stack) -> None:
    """An axis with seconds shows metrics in seconds, and no other axis does."""
    units = emitted_units()
    wrong = [
        (metric.name, label)
        for widget in widgets_of(stack, "metric")
        for metric in metrics_of(widget)
        if metric.is_ours
        for label in [axis_label(widget) or metric.label]
        if unit_of_label(label) != units[metric.identity]
    ]
    assert wrong == []


def axis_label(widget: dict[str, Any]) -> str:
    """What the left axis of a graph counts; empty for a number."""
    return str(widget["properties"].get("yAxis", {}).get("left", {}).get("label", ""))


def unit_of_label(label: str) -> str:
    """CloudWatch's unit of what a label names."""
    return {"seconds": "Seconds", "days": "None"}.get(label, "Count")


def test_percentiles_are_of_metrics_that_are_emitted_as_distributions(stack: Stack) -> None:
    """Of one number for a batch, a percentile would be one of batches and not of events."""
    distributions = {metric.name for metric in shown_metrics(stack) if metric.stat.startswith("p")}
    ours = {str(DeliveryMetric.DELIVERY_SECONDS), str(DeliveryMetric.EVENT_AGE_SECONDS)}
    assert distributions - {"Duration", "Latency"} == ours


def test_queries_name_fields_that_are_in_the_log(stack: Stack) -> None:
    """Each field of each query, in the log of one of the functions that it reads."""
    unknown = {
        name: fields_of(query.text) - fields_in(query.services) - NOT_SAMPLED
        for name, query in log_queries(stack).items()
    }
    assert {name: fields for name, fields in unknown.items() if fields} == {}


def fields_in(services: frozenset[str]) -> set[str]:
    """The fields in the logs of functions; Lambda's own lines name none of them."""
    lines = [line for line in log_samples() if line.get("service") in {None, *services}]
    return {name for line in lines for name in flat(line)}


# Fields that Logs Insights makes, and those that are tested by themselves, in the next tests.
NOT_SAMPLED = frozenset(
    {
        *("@timestamp", "@message", "@log"),
        *(f"left_out.{reason}" for reason in LeftOut),
        *(f"regulations.{state}" for state in RegulationState),
    }
)


def test_queries_name_messages_that_are_in_the_log(stack: Stack) -> None:
    """A text in quotes after `message` is one that a function writes."""
    messages = {line.get("message") for line in log_samples()}
    named = {
        text
        for query in log_queries(stack).values()
        for names in re.findall(r"message (?:=|!=|in) (\"[^\"]*\"|'[^']*'|\[[^\]]*\])", query.text)
        for text in re.findall(r"[\"']([^\"']+)[\"']", names)
    }
    assert named - messages == set()


def test_query_of_what_is_left_out_has_every_reason(stack: Stack) -> None:
    """Logs Insights cannot list the names in an object."""
    query = log_queries(stack)["Left out of delivered events, by reason"]
    assert re.findall(r"line\.left_out\.(\w+)", query.text) == [str(reason) for reason in LeftOut]


def test_widget_of_regulations_has_every_state(stack: Stack) -> None:
    """Of those that an overview counts."""
    query = log_queries(stack)["Regulations by state, latest (failed ones for 30 days)"]
    states = set(RegulationState) - FINAL | {RegulationState.FAILED}
    assert set(re.findall(r"regulations\.(\w+)", query.text)) == {str(state) for state in states}


def test_texts_that_select_lines_are_in_the_log(stack: Stack) -> None:
    """A pattern in `like` is one that a function's line of metrics has, without blanks in it."""
    raw = [json.dumps(line, separators=(",", ":")) for line in metric_samples()]
    patterns = {
        pattern
        for query in log_queries(stack).values()
        for pattern in re.findall(r"@message like '([^']+)'", query.text)
    }
    assert {one for one in patterns if not any(one in line for line in raw)} == set()


def fields_of(query: str) -> set[str]:
    """The fields that a query reads: names that are no words, texts, placeholders or aliases."""
    text = re.sub(r"#[^\n]*|\"[^\"]*\"|'[^']*'|\{\{\w+\}\}", " ", query)
    aliases = set(re.findall(r"\b(?:as|into) (\w+)", text))
    names = {expand_alias(name) for name in re.findall(r"(?<!\w)@?[a-zA-Z_][\w.]*", text)}
    return names - WORDS - aliases - {""}


def expand_alias(name: str) -> str:
    """A name below what `jsonParse` or `unnest` gave a name."""
    return re.sub(r"^answer\.", "answers.0.", re.sub(r"^line\b\.?", "", name))


def flat(value: Any, prefix: str = "") -> Iterator[str]:
    """The names that Logs Insights gives to the parts of a line, and to its objects."""
    items: Any = []
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, part in items:
        yield f"{prefix}{key}"
        yield from flat(part, f"{prefix}{key}.")
