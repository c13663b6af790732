"""The template as CloudFormation meets it: expanded, and with its conditions decided."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # brings no types
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]  # brings no types

from tests.template.stack import Stack

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """The template as it is written, without the places that its parser remembers."""
    written: dict[str, Any] = json.loads(json.dumps(load(str(ROOT / "template.yaml"))))
    return written


@pytest.fixture(scope="session")
def expanded(template: dict[str, Any]) -> dict[str, Any]:
    """The template with every AWS::Serverless resource turned into what it makes."""
    given = json.loads(json.dumps(template))
    for resource in given["Resources"].values():
        for local in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][local] = "s3://built/package"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        made: dict[str, Any] = transform(given, {}, Mock(load=Mock(return_value={})))
    return made


@pytest.fixture(params=["", "rudderstack"], ids=["without-eventbridge", "with-eventbridge"])
def stack(expanded: dict[str, Any], request: pytest.FixtureRequest) -> Stack:
    """The stack with all that is optional, when events do and do not come from EventBridge."""
    optional = {"AlarmEmail": "on-call@example.com", "ReceiveEvents": "yes"}
    return Stack(expanded, {"EventBusName": request.param, **optional})
