"""The stack of template.yaml in moto: every resource that `doctor` looks at, and its outputs."""

import json
from typing import Any

import boto3
from moto.core.common_models import CloudFormationModel

from tests.template.stack import Stack, expand_template

# What moto's CloudFormation makes; it does not know alarms and subscriptions.
MADE = frozenset(
    {
        "AWS::SQS::Queue",
        "AWS::DynamoDB::Table",
        "AWS::SecretsManager::Secret",
        "AWS::SSM::Parameter",
        "AWS::Logs::LogGroup",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Events::Rule",
        "AWS::SNS::Topic",
        "AWS::ApiGateway::RestApi",
    }
)
KEY = "k" * 64
# The names of the stacks that tests have deployed.
DEPLOYED: set[str] = set()
DENY_WITHOUT_TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


class CreatedSecret(CloudFormationModel):
    """A secret in moto's CloudFormation, which has none of its own."""

    # By it, moto finds the service that a model belongs to.
    __module__ = "moto.secretsmanager.models"

    def __init__(self, arn: str) -> None:
        self.physical_resource_id = arn

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names a secret."""
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        """The type of the resource."""
        return "AWS::SecretsManager::Secret"

    @classmethod
    def create_from_cloudformation_json(cls, *arguments: Any, **_: Any) -> "CreatedSecret":
        """Create a secret; only a generated one has a value."""
        properties = arguments[1]["Properties"]
        name, tags = properties["Name"], properties.get("Tags", [])
        client = boto3.client("secretsmanager")
        if "GenerateSecretString" in properties:
            return cls(client.create_secret(Name=name, SecretString=KEY, Tags=tags)["ARN"])
        return cls(client.create_secret(Name=name, Tags=tags)["ARN"])


def deployable() -> dict[str, Any]:
    """The part of the template that moto makes."""
    template: dict[str, Any] = json.loads(json.dumps(expand_template()))
    template["Resources"] = {
        name: made_by_moto(name, resource)
        for name, resource in template["Resources"].items()
        if resource["Type"] in MADE
    }
    # Their resources are not made.
    template["Outputs"] = {
        name: output
        for name, output in template["Outputs"].items()
        if "Api" not in name and "Dashboard" not in name
    }
    del template["Parameters"]["MixpanelBaseUrl"]["AllowedPattern"]
    return template


def made_by_moto(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    """A resource with what moto needs: code in place of a package, and names of FIFO queues."""
    properties = resource["Properties"]
    if resource["Type"] == "AWS::Lambda::Function":
        properties["Code"] = {"ZipFile": "handler = None"}
        properties.pop("Layers")
    if resource["Type"] == "AWS::ApiGateway::RestApi":
        resource["Properties"] = {"Name": properties["Name"]}
    if properties.get("FifoQueue"):
        properties["QueueName"] = {"Fn::Sub": f"${{AWS::StackName}}-{name}-0.fifo"}
    return resource


def deploy_stack(name: str, **parameters: str) -> None:
    """Create the stack, its alarms in the state OK, and its subscriptions."""
    DEPLOYED.add(name)
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(deployable()),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    )
    create_alarms(name, parameters)
    resources = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    for resource in resources:
        match resource["ResourceType"]:
            case "AWS::SQS::Queue":
                demand_tls(resource["PhysicalResourceId"])
            case "AWS::ApiGateway::RestApi":
                create_stage(resource["LogicalResourceId"], resource["PhysicalResourceId"])
            case _:
                pass


def demand_tls(queue_url: str) -> None:
    """Give a queue its policy."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [DENY_WITHOUT_TLS]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy})


def create_stage(api: str, api_id: str) -> None:
    """Give an API a method and its stage, with the throttle of the parameters' defaults."""
    gateway: Any = boto3.client("apigateway")
    [root] = gateway.get_resources(restApiId=api_id)["items"]
    method = {"restApiId": api_id, "resourceId": root["id"], "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    gateway.create_deployment(restApiId=api_id, stageName="api")
    parameter = f"{api.removesuffix('Api')}RateLimit"
    set_rate(api_id, str(expand_template()["Parameters"][parameter]["Default"]))


def set_rate(api_id: str, rate: str) -> None:
    """Throttle all methods of an API's stage."""
    change = {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": rate}
    gateway: Any = boto3.client("apigateway")
    gateway.update_stage(restApiId=api_id, stageName="api", patchOperations=[change])


def create_alarms(stack: str, parameters: dict[str, str]) -> None:
    """Create the alarms of the template, of which nobody is told yet."""
    cloudwatch = boto3.client("cloudwatch")
    template = Stack(expand_template(), parameters)
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        cloudwatch.put_metric_alarm(
            AlarmName=f"{stack}: {template.text(alarm['AlarmName']).partition(': ')[2]}",
            AlarmDescription=template.text(alarm["AlarmDescription"]),
            Namespace="RudderMixpanel",
            MetricName="Any",
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold",
            Threshold=0,
            Period=300,
            Statistic="Sum",
            AlarmActions=["arn:aws:sns:us-east-1:123456789012:alarms"],
        )
