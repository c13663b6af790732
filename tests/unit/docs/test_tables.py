"""Each table of docs/printing has a row for everything that the code defines."""

from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # has no types

from benchmarks.cost import ROUTES
from benchmarks.limits import quotas
from docs.printing import cost, errors, limits, metrics, monitoring, parameters, responses
from rudder_mixpanel.deletion.metrics import DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from rudder_mixpanel.errors import Code
from rudder_mixpanel.receiving.metrics import ReceivingMetric
from rudder_mixpanel.receiving.responses import GatewayResponse
from rudder_mixpanel.regulations.requests import ErrorCode
from rudder_mixpanel_cli.prices import PRICES
from tests.template.dashboard import queries_of, widgets_of
from tests.template.stack import Stack, expand_template


def rows(table: str) -> list[str]:
    """A table without its head."""
    return table.splitlines()[2:]


def test_every_event_code_is_explained() -> None:
    """In the order of the code, those of rejected events first."""
    tables = errors.rejection_codes(), errors.kept_codes()
    explained = [row for table in tables for row in rows(table)]
    assert explained == [f"| `{code}` | {code.explanation} |" for code in Code]


def test_only_codes_of_rejected_events_are_rejections() -> None:
    """Not those of kept events, which are in a table of their own."""
    name = f"| `{Code.WRONG_SETTINGS}` |"
    assert (name in errors.rejection_codes(), name in errors.kept_codes()) == (False, True)


def test_every_regulation_error_is_explained() -> None:
    """In the order of the code."""
    expected = [f"| `{code}` | {code.explanation} |" for code in ErrorCode]
    assert rows(errors.regulation_error_codes()) == expected


def test_every_metric_is_explained() -> None:
    """Those of deliveries and those of deletions."""
    tables = (metrics.delivery_metrics(), metrics.deletion_metrics())
    assert [rows(table) for table in tables] == [
        [f"| `{metric}` | {metric.explanation} |" for metric in members]
        for members in (DeliveryMetric, DeletionMetric)
    ]


def test_every_metric_and_alarm_has_a_price() -> None:
    """Each is counted in one row."""
    numbers = [int(row.split(" | ")[1]) for row in rows(monitoring.monthly_costs())]
    alarms = list(monitoring.resources("AWS::CloudWatch::Alarm"))
    all_metrics = (*DeliveryMetric, *DeletionMetric, *ReceivingMetric)
    assert sum(numbers) == len(all_metrics) + len(alarms) + len(["the dashboard"])


def test_every_widget_with_a_title_is_listed() -> None:
    """Under the heading above it, and those of optional parts as well."""
    stack = Stack(expand_template(), {"ReceiveEvents": "yes"})
    titles = [
        widget["properties"]["title"] for widget in widgets_of(stack, "metric", "log", "alarm")
    ]
    listed = [
        row.split(" | ")[1].removesuffix(" |") for row in rows(monitoring.dashboard_widgets())
    ]
    assert sorted(listed) == sorted(titles)


def test_every_saved_query_is_listed() -> None:
    """By the name that it has in its folder."""
    queries = queries_of(Stack(expand_template(), {}))
    listed = [row.split(" | ")[0].removeprefix("| ") for row in rows(monitoring.saved_queries())]
    assert sorted(listed) == sorted(queries)


def test_every_response_has_a_row() -> None:
    """With its status."""
    table = rows(responses.gateway_responses())
    assert (len(table), table[0]) == (len(GatewayResponse), "| 200 | `ok` |")


def test_every_parameter_has_a_row() -> None:
    """With its default."""
    template = load(str(parameters.TEMPLATE))
    lines = parameters.template_parameters().splitlines()
    names = [line.split("`")[1] for line in lines if line.startswith("| `")]
    assert sorted(names) == sorted(template["Parameters"])


def test_parameters_stand_under_the_name_of_their_group() -> None:
    """And a group without any is left out."""
    interface = {
        "ParameterGroups": [
            {"Label": {"default": "Logs"}, "Parameters": ["Days"]},
            {"Label": {"default": "Nothing"}, "Parameters": []},
        ]
    }
    template = {"Metadata": {"AWS::CloudFormation::Interface": interface}}
    assert list(parameters.parameter_groups(template)) == [("Logs", ["Days"])]


def test_empty_default_is_shown_as_a_word() -> None:
    """And the description is one line."""
    template = {
        "Parameters": {
            "Days": {"Default": 30, "Description": "How\n  long."},
            "Email": {"Default": "", "Description": "To whom."},
        }
    }
    assert list(parameters.parameter_rows(template, template["Parameters"])) == [
        ("`Days`", "`30`", "How long."),
        ("`Email`", "empty", "To whom."),
    ]


def test_every_price_quota_and_route_has_a_row() -> None:
    """Of the model of costs."""
    tables = cost.prices(), limits.quotas(), cost.overview(), cost.by_rate(), cost.tracing()
    expected = [len(PRICES), len(list(quotas())), *(3 * [len(ROUTES)])]
    assert [len(rows(table)) for table in tables] == expected


def test_the_parts_of_a_cost_add_up() -> None:
    """To the sum in the last row, but for rounding."""
    *parts, total = [float(row.split("$")[-1].strip("* |")) for row in rows(cost.idle())]
    assert abs(sum(parts) - total) < 0.1
