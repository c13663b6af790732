"""The policies of operators and of who deploys, as documents that can be copied."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from docs.printing.deploying_rights import ROLES, SAM, needs_of_resources, types_of_template
from docs.printing.markdown import code, code_list, table
from rudder_mixpanel_cli.errors import COMMAND_NAME
from rudder_mixpanel_cli.permissions import ACTING, LOOKING, Need, policy_document

PLACEHOLDERS: Final = {"stack": "STACK", "account": "ACCOUNT", "region": "REGION"}
PASS_ROLES: Final = {
    "Sid": "GiveFunctionsTheirRoles",
    "Effect": "Allow",
    "Action": ["iam:PassRole"],
    "Resource": [ROLES[0].replace("${Account}", "ACCOUNT").replace("${Stack}", "STACK")],
    "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
}


def looking() -> str:
    """The policy of who looks."""
    return printed(looking_document())


def acting() -> str:
    """What who acts needs beside the policy of who looks."""
    return printed(acting_document())


def deploying() -> str:
    """What who deploys needs of CloudFormation, and for roles of functions."""
    return printed(deploying_document())


def resources() -> str:
    """What CloudFormation does with the rights of who deploys."""
    return printed(resources_document())


def looking_document() -> dict[str, Any]:
    """The policy for commands that look."""
    return document_of(LOOKING)


def acting_document() -> dict[str, Any]:
    """The policy for commands that act, without what those that look have."""
    return document_of(ACTING, without=LOOKING)


def deploying_document() -> dict[str, Any]:
    """The policy for sam and CloudFormation itself."""
    document = policy_document(SAM, **PLACEHOLDERS)
    return {**document, "Statement": [*document["Statement"], PASS_ROLES]}


def resources_document() -> dict[str, Any]:
    """The policy for the resources of the template."""
    return policy_document(needs_of_resources(types_of_template()), **PLACEHOLDERS)


def document_of(
    commands: Mapping[str, tuple[Need, ...]], without: Mapping[str, tuple[Need, ...]] | None = None
) -> dict[str, Any]:
    """The policy for all of these commands, without what others have."""
    had = {need for needs in (without or {}).values() for need in needs}
    needs = (need for needs in commands.values() for need in needs if need not in had)
    return policy_document(needs, **PLACEHOLDERS)


def commands() -> str:
    """Each command that uses AWS, with what it does there."""
    return table(("command", "actions"), command_rows())


def command_rows() -> Iterator[tuple[str, str]]:
    """A row for each command, and for each option that needs more."""
    for command, needs in {**LOOKING, **ACTING}.items():
        yield code(f"{COMMAND_NAME} {command}"), code_list(actions_in(needs))


def actions_in(needs: Iterable[Need]) -> list[str]:
    """The actions of needs, in order."""
    return sorted({action for need in needs for action in need.actions})


def printed(document: dict[str, Any]) -> str:
    """A document as a block of JSON."""
    return f"```json\n{json.dumps(document, indent=2)}\n```"
