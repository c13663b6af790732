"""The policies in docs/permissions.md fit the template, and IAM."""

import json
from typing import Any

import pytest

from docs.printing.deploying_rights import RESOURCES, actions_of, types_of_template
from docs.printing.permissions import (
    acting_document,
    deploying_document,
    looking_document,
    resources_document,
)
from tests.template.stack import expand_template

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LONGEST = 6144
DOCUMENTS = [looking_document(), acting_document(), deploying_document(), resources_document()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=["look", "act", "deploy", "resources"])
def test_policy_fits_into_a_managed_policy(document: dict[str, Any]) -> None:
    """Without white space, which IAM does not count; each statement has its own name."""
    sids = [statement["Sid"] for statement in document["Statement"]]
    size = len(json.dumps(document, separators=(",", ":")))
    assert (size < LONGEST, sorted(set(sids))) == (True, sorted(sids))


def test_types_are_those_of_the_expanded_template() -> None:
    """What SAM makes of its own types is known."""
    expanded = expand_template()["Resources"].values()
    assert types_of_template() == {resource["Type"] for resource in expanded}


@pytest.mark.parametrize("type_", sorted(types_of_template()))
def test_who_deploys_may_make_each_type(type_: str) -> None:
    """Every type has actions, of a service whose resources are named."""
    services = [action.partition(":")[0] for action in actions_of(type_)]
    assert set(services) & set(RESOURCES) == {type_.split("::")[1].lower()}
