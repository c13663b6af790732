"""A check for resources that an earlier stack of the same name has left."""

import re
from collections.abc import Iterator
from typing import Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, ok, warning

# Of the resources that a removed stack leaves, by what people call them.
RETAINED: Final = {
    "queue": "AWS::SQS::Queue",
    "table": "AWS::DynamoDB::Table",
    "secret": "AWS::SecretsManager::Secret",
    "log group": "AWS::Logs::LogGroup",
}


@check("leftovers")
def check_leftovers(stack: DeployedStack) -> Iterator[Finding]:
    """No earlier stack of the same name has left queues, tables, secrets or log groups.

    Look at them before you delete them: a queue may have events that were never delivered, and a
    table users who must stay suppressed, which this stack does not know.
    """
    left = {what: sorted(names) for what, names in leftovers(stack).items() if names}
    if not left:
        yield ok("No earlier stack of this name has left anything.")
        return
    counts = ", ".join(
        f"{len(names)} {what}{'s' * (len(names) > 1)}" for what, names in left.items()
    )
    example = next(iter(left.values()))[0]
    yield warning(
        f"An earlier stack of this name has left {counts}, such as {example}.",
        "Save what is in its queues and tables; then delete them.",
    )


def leftovers(stack: DeployedStack) -> dict[str, set[str]]:
    """The names of resources of earlier stacks, by what they are."""
    return {
        "queue": names_of_queues(stack) - own(stack, "queue"),
        "table": names_of_tables(stack) - own(stack, "table"),
        "secret": names_of_secrets(stack),
        "log group": names_of_log_groups(stack) - own(stack, "log group"),
    }


def own(stack: DeployedStack, what: str) -> set[str]:
    """The names, URLs or ARNs of the stack's own resources."""
    return set(stack.of_type(RETAINED[what]).values())


def is_named_as(stack: DeployedStack, what: str, name: str) -> bool:
    """Whether CloudFormation would give a name to such a resource of a stack of this name."""
    resources = "|".join(map(re.escape, stack.of_type(RETAINED[what])))
    pattern = rf"{re.escape(stack.name)}-({resources})-[A-Za-z0-9]+(\.fifo)?"
    return re.fullmatch(pattern, name) is not None


def names_of_queues(stack: DeployedStack) -> set[str]:
    """The URLs of queues of stacks of this name."""
    pages = stack.client("sqs").get_paginator("list_queues")
    found = pages.paginate(QueueNamePrefix=f"{stack.name}-", PaginationConfig={"PageSize": 1000})
    urls = (url for page in found for url in page.get("QueueUrls", []))
    return {url for url in urls if is_named_as(stack, "queue", url.rpartition("/")[2])}


def names_of_tables(stack: DeployedStack) -> set[str]:
    """The tables of stacks of this name."""
    pages = stack.client("dynamodb").get_paginator("list_tables").paginate()
    names = (name for page in pages for name in page["TableNames"])
    return {name for name in names if is_named_as(stack, "table", name)}


def names_of_secrets(stack: DeployedStack) -> set[str]:
    """The secrets of stacks of this name, without the stack's own."""
    prefix = f"rudder-mixpanel/{stack.name}/"
    pages = stack.client("secretsmanager").get_paginator("list_secrets")
    found = pages.paginate(Filters=[{"Key": "name", "Values": [prefix]}])
    secrets = (secret for page in found for secret in page["SecretList"])
    own_ids = own(stack, "secret")
    return {
        secret["Name"]
        for secret in secrets
        # The id of a resource is the ARN in an account, and the name in the sandbox.
        if secret["Name"].startswith(prefix) and own_ids.isdisjoint({secret["ARN"], secret["Name"]})
    }


def names_of_log_groups(stack: DeployedStack) -> set[str]:
    """The log groups of stacks of this name."""
    pages = stack.client("logs").get_paginator("describe_log_groups")
    found = pages.paginate(logGroupNamePrefix=f"{stack.name}-")
    names = (group["logGroupName"] for page in found for group in page["logGroups"])
    return {name for name in names if is_named_as(stack, "log group", name)}
