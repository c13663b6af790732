"""Tables of the dashboard, the saved queries, and what monitoring costs a month."""

import re
from collections.abc import Iterator
from typing import Any, Final

from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # has no types

from docs.printing.markdown import code, code_list, table
from docs.printing.parameters import TEMPLATE
from rudder_mixpanel.deletion.metrics import STATES, DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from rudder_mixpanel.receiving.metrics import ReceivingMetric
from rudder_mixpanel_cli.prices import ALARM, DASHBOARD, METRIC

# The metrics that are emitted only now and then.
OF_OPEN_REGULATIONS: Final = {*STATES, DeletionMetric.DAYS_LEFT}
OF_RARE_EVENTS: Final = {
    DeliveryMetric.WRONG_SUPPRESSION_KEY,
    DeliveryMetric.SUPERSEDED,
    ReceivingMetric.TIME_REPLACED,
}
OF_A_TOKEN: Final = {DeletionMetric.TOKEN_AGE}


def resources(*types: str) -> Iterator[Any]:
    """The template's resources of these types, as written."""
    for resource in load(str(TEMPLATE))["Resources"].values():
        if resource["Type"] in types:
            yield resource


def dashboard_widgets() -> str:
    """The titles of the dashboard's widgets, in order, with the headings between them."""
    [dashboard] = resources("AWS::CloudWatch::Dashboard")
    body, optional = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    text = str(body).replace("${WidgetOfEventsApi}", str(optional["WidgetOfEventsApi"]))
    return table(("part", "what it shows"), widget_rows(text))


def widget_rows(body: str) -> Iterator[tuple[str, str]]:
    """Each title with the heading that it stands under."""
    part = "Events"
    headings_and_titles = r'"markdown": "## ([^":]+)|["\']title["\']: "([^"]+)"'
    for heading, title in re.findall(headings_and_titles, body):
        if heading:
            part = heading
        else:
            yield part, title


def saved_queries() -> str:
    """Each saved query with the logs that it reads and what it asks for."""
    return table(
        ("query", "logs of", "asks for"), map(query_row, resources("AWS::Logs::QueryDefinition"))
    )


def query_row(query: Any) -> tuple[str, str, str]:
    """The row of one query."""
    properties = query["Properties"]
    name = properties["Name"]["Fn::Sub"].rpartition("/")[2]
    groups = re.findall(r"(\w+)LogGroup", str(properties["LogGroupNames"]))
    services = [re.sub(r"(?<=.)([A-Z])", r"_\1", group).lower() for group in groups]
    logs = code_list(services) if len(services) == 1 else "all functions"
    return name, logs, code_list(one["Name"] for one in properties.get("Parameters", ()))


def monthly_costs() -> str:
    """What the metrics, alarms and the dashboard of a stack cost a month."""
    rows = ((what, str(number), f"${number * price:.2f}") for what, number, price in monitored())
    return table(("what", "number", "a month"), rows)


def monitored() -> Iterator[tuple[str, int, float]]:
    """What is monitored, the number of metrics or alarms, and the price of one."""
    sometimes = OF_OPEN_REGULATIONS | OF_RARE_EVENTS | OF_A_TOKEN
    alarms = [resource.get("Condition") for resource in resources("AWS::CloudWatch::Alarm")]
    yield (
        "metrics of delivery, while events arrive",
        len({*DeliveryMetric} - sometimes),
        METRIC.each,
    )
    yield "metrics of deletions, always", len({*DeletionMetric} - sometimes), METRIC.each
    yield "metric of the GDPR token, if there is one", len(OF_A_TOKEN), METRIC.each
    yield "metrics of open regulations, while any is open", len(OF_OPEN_REGULATIONS), METRIC.each
    yield "metrics of what is rare, in the hours when it happens", len(OF_RARE_EVENTS), METRIC.each
    yield "alarms, always", alarms.count(None), ALARM.each
    yield "alarms of optional parts", len(alarms) - alarms.count(None), ALARM.each
    yield f"dashboard, unless {code('Dashboard=no')}", 1, DASHBOARD.each
