"""The template as CloudFormation gets it: expanded, with its conditions evaluated."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # has no types
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]  # has no types

from tests.template.stack import Stack

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """The template as written, without the positions that the parser adds."""
    template: dict[str, Any] = json.loads(json.dumps(load(str(ROOT / "template.yaml"))))
    return template


@pytest.fixture(scope="session")
def expanded(template: dict[str, Any]) -> dict[str, Any]:
    """The template with every AWS::Serverless resource expanded by SAM."""
    source = json.loads(json.dumps(template))
    for resource in source["Resources"].values():
        for path in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][path] = "s3://built/package"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        expanded: dict[str, Any] = transform(source, {}, Mock(load=Mock(return_value={})))
    return expanded


@pytest.fixture(params=["", "rudderstack"], ids=["without-eventbridge", "with-eventbridge"])
def stack(expanded: dict[str, Any], request: pytest.FixtureRequest) -> Stack:
    """The stack with all optional resources, with and without events from EventBridge."""
    optional = {"AlarmEmail": "on-call@example.com", "ReceiveEvents": "yes"}
    return Stack(expanded, {"EventBusName": request.param, **optional})
