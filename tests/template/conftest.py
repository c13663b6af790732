"""The template as CloudFormation gets it: expanded, with its conditions evaluated."""

from typing import Any

import pytest

from tests.template.stack import Stack, expand_template, read_template


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """The template as written."""
    return read_template()


@pytest.fixture(scope="session")
def expanded() -> dict[str, Any]:
    """The template with every AWS::Serverless resource expanded by SAM."""
    return expand_template()


@pytest.fixture(params=["", "rudderstack"], ids=["without-eventbridge", "with-eventbridge"])
def stack(expanded: dict[str, Any], request: pytest.FixtureRequest) -> Stack:
    """The stack with all optional resources, with and without events from EventBridge."""
    optional = {
        "AlarmEmail": "on-call@example.com",
        "ReceiveEvents": "yes",
        "AccessLogs": "yes",
        "Tracing": "Active",
    }
    return Stack(expanded, {"EventBusName": request.param, **optional})
