"""CloudWatch's metrics and alarms, as its documentation describes them."""
