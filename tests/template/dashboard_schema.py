"""AWS's documented structure of a dashboard's body, as far as the template uses it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from typing import Any, Final


def closed(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    """An object that has these properties and no others."""
    required = sorted(properties.keys() - set(optional))
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def widget(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """A widget of one type, in the grid of 24 columns."""
    return closed(
        {
            "type": {"const": kind},
            "x": {"type": "integer", "minimum": 0, "maximum": 23},
            "y": {"type": "integer", "minimum": 0},
            "width": {"type": "integer", "minimum": 1, "maximum": 24},
            "height": {"type": "integer", "minimum": 1, "maximum": 1000},
            "properties": properties,
        }
    )


TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
BOOLEAN: Final[dict[str, Any]] = {"type": "boolean"}
COLOR: Final[dict[str, Any]] = {"type": "string", "pattern": "^#[0-9a-f]{6}$"}
REGION: Final[dict[str, Any]] = {"type": "string", "pattern": "^[a-z]{2}(-[a-z]+)+-[0-9]$"}
PERIOD: Final[dict[str, Any]] = {"type": "integer", "multipleOf": 60, "minimum": 60}
STATISTIC: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^(Sum|Maximum|Minimum|Average|SampleCount|p[0-9]{1,2}([.][0-9]+)?)$",
}
IDENTIFIER: Final[dict[str, Any]] = {"type": "string", "pattern": "^[a-z][a-zA-Z0-9_]*$"}
AXIS: Final[dict[str, Any]] = closed(
    {
        "label": TEXT,
        "min": {"type": "number"},
        "max": {"type": "number"},
        "showUnits": BOOLEAN,
    },
    "min",
    "max",
    "showUnits",
)
RENDERING: Final[dict[str, Any]] = {
    "color": COLOR,
    "label": TEXT,
    "id": IDENTIFIER,
    "visible": BOOLEAN,
    "stat": STATISTIC,
    "period": PERIOD,
    "yAxis": {"enum": ["left", "right"]},
}
EXPRESSION: Final[dict[str, Any]] = {
    "type": "array",
    "prefixItems": [
        {**closed({"expression": TEXT, **RENDERING}, *RENDERING)},
    ],
    "items": False,
    "minItems": 1,
}
# Namespace, name and pairs of a dimension's name and value, or their abbreviations; then options.
METRIC: Final[dict[str, Any]] = {
    "type": "array",
    "prefixItems": [TEXT],
    "items": {"anyOf": [TEXT, closed(RENDERING, *RENDERING)]},
    "minItems": 2,
}
ANNOTATION: Final[dict[str, Any]] = closed(
    {
        "label": TEXT,
        "value": {"type": "number"},
        "fill": {"enum": ["above", "below", "none"]},
        "color": COLOR,
    },
    "label",
    "fill",
    "color",
)
METRIC_WIDGET: Final[dict[str, Any]] = closed(
    {
        "title": TEXT,
        "view": {"enum": ["timeSeries", "singleValue"]},
        "stacked": BOOLEAN,
        "region": REGION,
        "stat": STATISTIC,
        "period": PERIOD,
        "setPeriodToTimeRange": BOOLEAN,
        "yAxis": closed({"left": AXIS, "right": AXIS}, "left", "right"),
        "annotations": closed({"horizontal": {"type": "array", "items": ANNOTATION}}),
        "metrics": {
            "type": "array",
            "items": {"anyOf": [EXPRESSION, METRIC]},
            "minItems": 1,
            "maxItems": 500,
        },
    },
    "stacked",
    "stat",
    "period",
    "setPeriodToTimeRange",
    "yAxis",
    "annotations",
)
LOG_WIDGET: Final[dict[str, Any]] = closed(
    {
        "title": TEXT,
        "view": {"enum": ["table", "timeSeries", "bar", "pie"]},
        "region": REGION,
        "query": {"type": "string", "pattern": r"^SOURCE '[^']+' \| "},
    }
)
ALARM_WIDGET: Final[dict[str, Any]] = closed(
    {
        "title": TEXT,
        "sortBy": {"enum": ["default", "stateUpdatedTimestamp", "timestamp"]},
        "alarms": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 100},
    }
)
TEXT_WIDGET: Final[dict[str, Any]] = closed(
    {"markdown": TEXT, "background": {"enum": ["solid", "transparent"]}}, "background"
)
DASHBOARD: Final[dict[str, Any]] = closed(
    {
        "start": {"type": "string", "pattern": "^-P(T[0-9]+[HM]|[0-9]+[DW])$"},
        "periodOverride": {"enum": ["auto", "inherit"]},
        "widgets": {
            "type": "array",
            "maxItems": 500,
            "items": {
                "oneOf": [
                    widget("text", TEXT_WIDGET),
                    widget("alarm", ALARM_WIDGET),
                    widget("metric", METRIC_WIDGET),
                    widget("log", LOG_WIDGET),
                ]
            },
        },
    }
)
