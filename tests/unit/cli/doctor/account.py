"""An account with a healthy stack, and ways to break it."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from typer.testing import CliRunner, Result

from mixpanel_emulator import Project
from mixpanel_emulator.state.project import ServiceAccount
from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.resources import concurrency
from tests.fakes.moto_stack import deploy_stack

STACK = "prod"
ACCOUNT, REGION = "123456789012", "us-east-1"
TOKEN = "f00dfeedf00dfeedf00dfeedf00dfeed"
SETTINGS = {
    "dataResidency": "us",
    "compatibility": "rudderstack",
    "userDeletionApi": "task",
    "groupKeySettings": [{"groupKey": "company_id"}],
    "maxEventAgeDays": 730,
}
CREDENTIALS = {
    "token": TOKEN,
    "serviceAccountUserName": "sandbox.0123.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}
DELETION = {"token": TOKEN, "gdprApiToken": "gdpr-f00dfeed"}
WEBHOOK = {"name": "privacy", "token": "p" * 32, "scopes": ["create", "read"]}
KEY_OF_WEB = {"source": "web", "writeKey": "k" * 20}
ADDRESS = "on-call@example.com"
API_SECRET = "5ec7e7" * 5
# Other projects and accounts that Mixpanel knows.
ANALYST = ServiceAccount(username="ann.0123.mp-service-account", secret="s3cret", role="analyst")
OTHER = Project(project_id="2", token="c0ffee00" * 4, service_accounts=())


@dataclass
class Account:
    """The stack, and what its operators have put into it."""

    mixpanel_url: str
    patch: pytest.MonkeyPatch
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))

    def __post_init__(self) -> None:
        """Deploy the stack and set it up."""
        deploy_stack(
            STACK,
            AlarmEmail=ADDRESS,
            EventBusName="default",
            ReceiveEvents="yes",
            Protection="yes",
            MixpanelBaseUrl=f"{self.mixpanel_url}/us",
        )
        self.allow_concurrency(1000)
        self.set()
        self.put_secret("CredentialsSecretName", CREDENTIALS)
        self.put_secret("DeletionCredentialsSecretName", DELETION)
        self.put_secret("WebhookTokensSecretName", {"tokens": [WEBHOOK]})
        self.put_secret("WriteKeysSecretName", {"writeKeys": [KEY_OF_WEB]})
        boto3.client("sns").subscribe(
            TopicArn=self.output("AlarmsTopicArn"), Protocol="email", Endpoint=ADDRESS
        )

    def allow_concurrency(self, number: int) -> None:
        """Have Lambda allow this many invocations at once; moto does not know account settings."""
        self.patch.setattr(concurrency, "unreserved_concurrency", lambda _: number)

    @cached_property
    def stack(self) -> DeployedStack:
        """The stack as commands see it."""
        return DeployedStack(STACK)

    def output(self, name: str) -> str:
        """One output of the stack."""
        return self.stack.output(name)

    def id(self, name: str) -> str:
        """The physical id of a resource."""
        return self.stack.resources[name].id

    def adopt(self, name: str) -> str:
        """Have a parameter adopt what the stack has made; return its id."""
        [deployed] = cloudformation_backends[ACCOUNT][REGION].stacks.values()
        deployed.resource_map.resolved_parameters[f"Adopt{name}"] = self.id(name).rpartition("/")[2]
        return self.id(name)

    def set(self, **settings: Any) -> None:
        """Change settings; None removes one."""
        changed = self.settings | settings
        self.put_settings({name: value for name, value in changed.items() if value is not None})

    def put_settings(self, value: Any) -> None:
        """Write the settings parameter; anything but text is written as JSON."""
        boto3.client("ssm").put_parameter(
            Name=self.output("SettingsParameterName"),
            Value=value if isinstance(value, str) else json.dumps(value),
            Type="String",
            Overwrite=True,
        )

    @staticmethod
    def delete_settings() -> None:
        """Delete the settings parameter."""
        (settings,) = boto3.client("ssm").describe_parameters()["Parameters"]
        boto3.client("ssm").delete_parameter(Name=settings["Name"])

    def put_secret(self, output: str, value: Any) -> None:
        """Write a secret; anything but text is written as JSON."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=self.output(output),
            SecretString=value if isinstance(value, str) else json.dumps(value),
        )

    def put_bytes(self, output: str) -> None:
        """Write a secret that is not text."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=self.output(output), SecretBinary=b"{}"
        )

    def put_credentials(self, **changed: Any) -> None:
        """Change the credentials for delivery; None removes one."""
        merged = {**CREDENTIALS, **changed}
        self.put_secret(
            "CredentialsSecretName", {name: value for name, value in merged.items() if value}
        )

    def empty_secret(self, name: str) -> None:
        """Take the value of a secret away, as if it had never been set."""
        backend = secretsmanager_backends[ACCOUNT][REGION]
        backend.secrets[self.id(name)].versions.clear()

    def age_secret(self, name: str, days: int) -> None:
        """Have a secret's current version written earlier."""
        secret = secretsmanager_backends[ACCOUNT][REGION].secrets[self.id(name)]
        for version in secret.versions.values():
            version["createdate"] -= timedelta(days=days).total_seconds()

    def use_mixpanel(self, url: str) -> None:
        """Have the function that delivers use another address as Mixpanel."""
        functions = boto3.client("lambda")
        name = self.output("DeliverEventsFunctionName")
        configuration = functions.get_function_configuration(FunctionName=name)
        variables = configuration["Environment"]["Variables"] | {"MIXPANEL_BASE_URL": url}
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    def send(self, name: str, count: int = 1) -> None:
        """Put messages on a queue."""
        url = self.id(name)
        fifo: Any = {"MessageGroupId": "all", "MessageDeduplicationId": "1"}
        for _ in range(count):
            boto3.client("sqs").send_message(
                QueueUrl=url, MessageBody="{}", **(fifo if url.endswith(".fifo") else {})
            )

    def measure(self, metric: str, name: str, value: float) -> None:
        """Have CloudWatch know a value about a queue or a function."""
        is_queue = name.endswith("Queue")
        namespace = "AWS/SQS" if is_queue else "AWS/Lambda"
        dimension = "QueueName" if is_queue else "FunctionName"
        dimensions = [{"Name": dimension, "Value": self.id(name).rpartition("/")[2]}]
        boto3.client("cloudwatch").put_metric_data(
            Namespace=namespace,
            MetricData=[{"MetricName": metric, "Dimensions": dimensions, "Value": value}],
        )

    def use_api_secret(self, secret: str) -> None:
        """Import with the API secret."""
        self.set(importAuth="apiSecret")
        self.put_credentials(apiSecret=secret)

    def have_old_event(self, age: float) -> None:
        """Have an event of this age, in seconds, on the events queue."""
        queue = sqs_backends[ACCOUNT][REGION].get_queue(self.id("EventsQueue").rpartition("/")[2])
        # moto's mapping would take the event at once.
        queue.lambda_event_source_mappings.clear()
        self.send("EventsQueue")
        self.measure("ApproximateAgeOfOldestMessage", "EventsQueue", age)

    @staticmethod
    def unconfirm() -> None:
        """Have the mail address not confirmed yet."""
        for subscription in sns_backends[ACCOUNT][REGION].subscriptions.values():
            subscription.arn = "PendingConfirmation"

    @staticmethod
    def unsubscribe() -> None:
        """Have nobody subscribed."""
        sns_backends[ACCOUNT][REGION].subscriptions.clear()


def doctor(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["doctor", "--stack", STACK, *arguments])


def lines(*arguments: str) -> list[dict[str, str]]:
    """What doctor finds, as its JSON has it."""
    found: list[dict[str, str]] = json.loads(doctor("--json", *arguments).stdout)
    return found
