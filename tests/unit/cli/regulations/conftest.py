"""A fake regulations API, and stacks that have one."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import httpx
import pytest
from moto import mock_aws

from rudder_mixpanel_cli.regulations import client, output
from tests.unit.cli.regulations.fake_api import FakeApi

NOW = datetime(2027, 1, 11, 12, tzinfo=UTC)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    """A fake API that every command connects to, on the eleventh of January 2027."""
    fake = FakeApi()
    with httpx.Client(transport=httpx.MockTransport(fake)) as http:
        original = client.RegulationsClient

        def connect(url: str, token: str) -> client.RegulationsClient:
            return original(url, token, http, sleep=fake.waits.append)

        monkeypatch.setattr(client, "RegulationsClient", connect)
        monkeypatch.setattr(output, "current_time", lambda: NOW)
        yield fake


@pytest.fixture
def stacks() -> Iterator[None]:
    """The stacks `one` and `two`, of which `one` deletes events and `two` profiles only."""
    with mock_aws():
        for name in ("one", "two"):
            outputs = {
                "RegulationsApiUrl": {"Value": f"https://{name}.test/api"},
                "DestinationId": {"Value": f"destination-{name}"},
                "SettingsParameterName": {"Value": f"/{name}/settings"},
            }
            queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
            boto3.client("cloudformation").create_stack(
                StackName=name,
                TemplateBody=json.dumps({"Resources": queue, "Outputs": outputs}),
            )
        settings = json.dumps({"userDeletionApi": "task"})
        boto3.client("ssm").put_parameter(Name="/one/settings", Value=settings, Type="String")
        boto3.client("ssm").put_parameter(Name="/two/settings", Value="{}", Type="String")
        yield
