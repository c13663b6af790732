"""What CloudFormation does with the rights of who deploys, by the types of the template.

CloudFormation's registry says which permissions the handlers of each type need; cfn-lint has it.
Left out is what no property of the template leads to, such as keys of KMS and networks.
"""

from collections.abc import Iterable
from typing import Any, Final

from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # has no types
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # has no types

from docs.printing.parameters import TEMPLATE
from rudder_mixpanel_cli.permissions import (
    FUNCTIONS,
    LOG_GROUPS,
    QUEUES,
    SECRETS,
    STACK,
    TABLES,
    Need,
    of,
)

REGION: Final = "us-east-1"
HANDLERS: Final = ("create", "read", "update", "delete")
API_GATEWAY: Final = "arn:aws:apigateway:${Region}::/"
BUCKET: Final = "arn:aws:s3:::aws-sam-cli-managed-default-*"
ROLES: Final = ("arn:aws:iam::${Account}:role/${Stack}-*",)
# What AWS::Serverless resources become.
EXPANDED: Final = {
    "AWS::Serverless::Function": (
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Events::Rule",
    ),
    "AWS::Serverless::LayerVersion": ("AWS::Lambda::LayerVersion",),
    "AWS::Serverless::Api": (
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Stage",
    ),
}
# The resources of each service, as far as they have the stack's name.
RESOURCES: Final = {
    "sqs": QUEUES,
    "dynamodb": TABLES,
    "secretsmanager": SECRETS,
    "sns": of("sns", "${Stack}-*"),
    "events": of("events", "rule/*${Stack}-*"),
    "iam": ROLES,
    "logs": LOG_GROUPS,
    "lambda": (
        *FUNCTIONS,
        *of("lambda", "layer:*"),
        *of("lambda", "event-source-mapping:*"),
    ),
    "cloudwatch": (
        *of("cloudwatch", "alarm:${Stack}: *"),
        "arn:aws:cloudwatch::${Account}:dashboard/${Stack}-*",
    ),
    "apigateway": (f"{API_GATEWAY}restapis*", f"{API_GATEWAY}tags/*"),
}
# Actions that AWS does not limit to a resource.
UNLIMITED: Final = frozenset(
    {
        "cloudwatch:DescribeAlarms",
        "lambda:CreateEventSourceMapping",
        "logs:DeleteQueryDefinition",
        "logs:DescribeLogGroups",
        "logs:DescribeQueryDefinitions",
        "logs:PutQueryDefinition",
        "secretsmanager:GetRandomPassword",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
    }
)
# Of what the template does not use.
NOT_USED: Final = (
    *("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"),
    *("dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem", "dynamodb:ImportTable"),
    *("Replica", "Kinesis", "ReplicateSecret", "RemoveRegions", "DataProtection", "IndexPolic"),
    *("KmsKey", "LogDelivery", "logs:PutResourcePolicy", "logs:DeleteResourcePolicy"),
    *("logs:DescribeResourcePolicies", "BearerToken", "LogGroupDeletionProtection"),
    *("AttachRolePolicy", "DetachRolePolicy", "PermissionsBoundary", "GroupPolicy", "UserPolicy"),
    *("AssociateRuntimeAlias", "CodeSigning", "ScalingConfig", "CapacityProvider"),
    *("iam:PassRole", "apigateway:UpdateRestApiPolicy", "DescribeImport"),
)
SAM: Final = (
    Need(
        "DeployStack",
        (
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStackResources",
            "cloudformation:DescribeStacks",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:GetTemplate",
            "cloudformation:ListStackResources",
        ),
        (
            *STACK,
            *of("cloudformation", "stack/aws-sam-cli-managed-default/*"),
            "arn:aws:cloudformation:${Region}:aws:transform/Serverless-2016-10-31",
        ),
    ),
    Need("ReadTemplates", ("cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate")),
    # sam makes this bucket in the first deployment of an account.
    Need(
        "UploadPackages",
        (
            "s3:CreateBucket",
            "s3:GetBucketLocation",
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:ListBucket",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutObject",
        ),
        (BUCKET, f"{BUCKET}/*"),
    ),
)


def types_of_template() -> set[str]:
    """The types of resources that the template becomes."""
    types = {resource["Type"] for resource in load(str(TEMPLATE))["Resources"].values()}
    return {each for type_ in types for each in EXPANDED.get(type_, (type_,))}


def actions_of(type_: str) -> set[str]:
    """What the handlers of a type do to resources of its service."""
    schema: Any = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_).schema
    actions = {
        action
        for handler in HANDLERS
        for action in schema["handlers"].get(handler, {}).get("permissions", ())
        # A handler reads a resource whole, also what the template does not set.
        if handler == "read" or not any(part in action for part in NOT_USED)
    }
    service = type_.split("::")[1].lower()
    return {action for action in actions if action.startswith(f"{service}:")}


def needs_of_resources(types: Iterable[str]) -> list[Need]:
    """What resources of these types need, by service."""
    actions = {action for type_ in types for action in actions_of(type_)}
    needs = [
        Need(f"Manage{service.capitalize()}", of_service(actions, service), resources)
        for service, resources in RESOURCES.items()
    ]
    return [*needs, Need("WithoutResource", tuple(sorted(actions & UNLIMITED)))]


def of_service(actions: set[str], service: str) -> tuple[str, ...]:
    """The actions of a service that can be limited to resources."""
    return tuple(sorted(each for each in actions - UNLIMITED if each.startswith(f"{service}:")))
