"""Finds what removed stacks have left, by its tags, and looks into it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from rudder_mixpanel.suppression.pseudonyms import CHECK, CHECK_TEXT, keyed_hash
from rudder_mixpanel_cli.adoptable import LOG_GROUP, PARAMETER, QUEUE, SECRET, TABLE, adopted_by
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.retained.resource import (
    SETTINGS_NAME,
    STACK_TAG,
    TAG,
    Retained,
    Taken,
    identify,
)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What removed stacks of a name have left, and whether there is a stack of that name now."""

    resources: list[Retained]
    taken: list[Taken]
    stack_exists: bool


def find_leftovers(stack: DeployedStack) -> Leftovers:
    """Find what removed stacks of this name have left: what is tagged, and no living one uses."""
    living = living_stacks(stack)
    by_arn = {resource.arn: resource for resource in tagged(stack)}
    exists = stack.name in living
    unused = unused_of(by_arn.values(), used_ids(stack, living))
    resources = unused if exists else [*unused, *settings_left(stack)]
    details = [each for resource in resources if (each := look_into(stack, resource))]
    details.sort(key=lambda each: (each.type == PARAMETER, each.type, each.name, each.id))
    return Leftovers(details, find_taken(stack, living, by_arn.values()), exists)


def living_stacks(stack: DeployedStack) -> dict[str, dict[str, str]]:
    """The parameters of every stack in the region, by its name."""
    pages = stack.client("cloudformation").get_paginator("describe_stacks").paginate()
    return {
        living["StackName"]: {
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for parameter in living.get("Parameters", [])
        }
        for page in pages
        for living in page["Stacks"]
        if living["StackStatus"] != "DELETE_COMPLETE"
    }


def unused_of(resources: Iterable[Retained], used: set[str]) -> list[Retained]:
    """The resources that are not among the used ones."""
    return [resource for resource in resources if used.isdisjoint(names_of(resource))]


def used_ids(stack: DeployedStack, living: dict[str, dict[str, str]]) -> set[str]:
    """What living stacks adopt, and what the one of this name owns."""
    adopted = {each for ids in adopted_ids(living).values() for each in ids}
    if stack.name not in living:
        return adopted
    ids = (resource.id for resource in stack.resources.values())
    return adopted | {part for each in ids for part in (each, each.rpartition("/")[2])}


def adopted_ids(living: dict[str, dict[str, str]]) -> dict[str, set[str]]:
    """What each living stack adopts, by the name of the stack."""
    return {name: {*adopted_by(parameters).values()} for name, parameters in living.items()}


def find_taken(
    stack: DeployedStack, living: dict[str, dict[str, str]], resources: Iterable[Retained]
) -> list[Taken]:
    """The tables of users whom this stack has suppressed, and that other living stacks adopt."""
    tables = [resource for resource in resources if resource.name == "Suppressions"]
    return [
        Taken(other, details)
        for other, adopted in adopted_ids(living).items()
        for table in tables
        if other != stack.name and not adopted.isdisjoint(names_of(table))
        if (details := look_into(stack, table)) and details.suppressions
    ]


def names_of(resource: Retained) -> set[str]:
    """What a stack may call a resource: MiniStack names secrets, and AWS has their ARNs."""
    short = resource.arn.split(":secret:")[-1].rpartition("-")[0] or resource.id
    return {resource.id, resource.arn, short}


def tagged(stack: DeployedStack) -> Iterator[Retained]:
    """Every resource with the stack's tag or, from before there was one, CloudFormation's own."""
    client = stack.client("resourcegroupstaggingapi")
    for tag in (TAG, STACK_TAG):
        pages = client.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": tag, "Values": [stack.name]}]
        )
        for page in pages:
            for mapping in page["ResourceTagMappingList"]:
                tags = {each["Key"]: each["Value"] for each in mapping["Tags"]}
                resource = identify(mapping["ResourceARN"], tags, stack.name)
                if resource and resource.name:
                    yield resource


def settings_left(stack: DeployedStack) -> list[Retained]:
    """The parameter with the settings of a removed stack, if there is one."""
    name = f"/rudder-mixpanel/{stack.name}/destination-settings"
    client = stack.client("ssm")
    try:
        parameter = client.get_parameter(Name=name)["Parameter"]
    except client.exceptions.ParameterNotFound:
        return []
    date = parameter.get("LastModifiedDate")
    return [Retained(PARAMETER, SETTINGS_NAME, name, parameter.get("ARN", name), date)]


def look_into(stack: DeployedStack, resource: Retained) -> Retained | None:
    """A resource with its age and contents, or None when it is deleted: tags outlive it."""
    look = {QUEUE: see_queue, TABLE: see_table, SECRET: see_secret, LOG_GROUP: see_log_group}
    try:
        return look[resource.type](stack, resource) if resource.type in look else resource
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "NotFound" in code or "NonExistent" in code:
            return None
        raise


def see_queue(stack: DeployedStack, queue: Retained) -> Retained:
    """A queue with its messages."""
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName=queue.id)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    hidden = int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0))
    return replace(
        queue,
        created=datetime.fromtimestamp(float(attributes["CreatedTimestamp"]), UTC),
        items=int(attributes.get("ApproximateNumberOfMessages", 0)) + hidden,
        link=dead_letter_queue(attributes.get("RedrivePolicy", "")),
    )


def dead_letter_queue(policy: str) -> str:
    """The ARN that a redrive policy names, or none."""
    return str(json.loads(policy)["deadLetterTargetArn"]) if policy else ""


def see_table(stack: DeployedStack, table: Retained) -> Retained:
    """A table with its items; of suppressed users, with the check value of their key."""
    client = stack.client("dynamodb")
    described = client.describe_table(TableName=table.id)["Table"]
    table = replace(table, created=described["CreationDateTime"], items=described["ItemCount"])
    if table.name != "Suppressions":
        return table
    check = client.get_item(TableName=table.id, Key={"id": {"S": CHECK}}).get("Item", {})
    some = client.scan(TableName=table.id, Limit=2, ProjectionExpression="id")["Items"]
    return replace(
        table,
        suppressions=any(item["id"]["S"] != CHECK for item in some),
        link=check.get("check_value", {}).get("S", ""),
    )


def see_secret(stack: DeployedStack, secret: Retained) -> Retained | None:
    """A secret with its age, or None when it will be deleted; a key with its check value."""
    client = stack.client("secretsmanager")
    described = client.describe_secret(SecretId=secret.id)
    if described.get("DeletedDate"):
        return None
    secret = replace(secret, created=described.get("CreatedDate"))
    if secret.name != "SuppressionKey":
        return secret
    return replace(secret, link=check_value(client, secret.id))


def check_value(client: Any, secret_id: str) -> str:
    """The check value of a key, or none when the secret has no text in it."""
    try:
        key: str = client.get_secret_value(SecretId=secret_id).get("SecretString", "")
    except client.exceptions.ResourceNotFoundException:
        return ""
    return keyed_hash(key.encode(), CHECK_TEXT) if key else ""


def see_log_group(stack: DeployedStack, group: Retained) -> Retained | None:
    """A log group with its age, or None when it does not exist."""
    client = stack.client("logs")
    for each in client.describe_log_groups(logGroupNamePrefix=group.id)["logGroups"]:
        if each["logGroupName"] == group.id:
            created = datetime.fromtimestamp(each["creationTime"] / 1000, UTC)
            return replace(group, created=created, items=each.get("storedBytes", 0))
    return None
