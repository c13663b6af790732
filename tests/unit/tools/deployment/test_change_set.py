"""tools/deployment/change_set.py: what a reader sees of a change set."""

import pytest

from tests.unit.tools.deployment.changes import change, detail
from tools.deployment.change_set import (
    Change,
    changes_of,
    given_back,
    parameter_changes,
    services_of,
)

TABLE = "AWS::DynamoDB::Table"
FUNCTION = "AWS::Lambda::Function"


@pytest.mark.parametrize(
    ("policy", "data"),
    [("Retain", "leaves the stack; its items stay"), ("Delete", "its items will be DELETED")],
)
def test_removed_table_says_what_becomes_of_its_items(policy: str, data: str) -> None:
    """CloudFormation says which policy applies."""
    changes = changes_of([change("Remove", "Ledger", TABLE, PolicyAction=policy)])
    assert changes == [Change("removed", "Ledger", TABLE, "", data)]


@pytest.mark.parametrize(
    ("policy", "end"),
    [("ReplaceAndRetain", "stays outside the stack"), ("ReplaceAndDelete", "is DELETED")],
)
def test_replaced_table_is_a_new_one_without_items(policy: str, end: str) -> None:
    """It says what becomes of the old one."""
    details = [detail("KeySchema", recreation="Always")]
    replaced = change(
        "Modify", "Ledger", TABLE, Replacement="True", PolicyAction=policy, Details=details
    )
    data = f"a new one without items; the old one {end}"
    assert changes_of([replaced]) == [Change("replaced", "Ledger", TABLE, "KeySchema", data)]


def test_table_that_aws_may_replace_is_highlighted() -> None:
    """The property that changes needs a new table under conditions."""
    details = [detail("KeySchema", recreation="Conditionally")]
    (changed,) = changes_of(
        [change("Modify", "Ledger", TABLE, Replacement="Conditional", Details=details)]
    )
    assert changed.data == "AWS may replace it: the new one would have no items"


def test_table_that_only_refers_to_something_is_not_highlighted() -> None:
    """AWS calls everything conditional that refers to what may be replaced."""
    details = [detail("KeySchema", "ResourceReference", "Conditionally")]
    (changed,) = changes_of(
        [change("Modify", "Ledger", TABLE, Replacement="Conditional", Details=details)]
    )
    assert (changed.data, changed.follows) == ("", True)


def test_change_names_the_properties_that_change_by_themselves() -> None:
    """Not those that only refer to another resource, and none twice."""
    details = [
        detail("Environment"),
        detail("Environment", "ParameterReference"),
        detail("Role", "ResourceAttribute"),
    ]
    changes = changes_of([change("Modify", "F", FUNCTION, Replacement="False", Details=details)])
    assert changes == [Change("changed", "F", FUNCTION, "Environment")]


def test_function_that_is_removed_holds_no_data() -> None:
    """Only types that hold data are highlighted."""
    assert changes_of([change("Remove", "F", FUNCTION, PolicyAction="Delete")])[0].data == ""


def test_what_touches_data_comes_first() -> None:
    """Then what is removed, replaced, changed and added."""
    described = [
        change("Add", "A"),
        change("Modify", "B", FUNCTION, Replacement="False"),
        change("Modify", "C", FUNCTION, Replacement="True"),
        change("Remove", "D", FUNCTION),
        change("Remove", "E", TABLE, PolicyAction="Delete"),
    ]
    assert [each.name for each in changes_of(described)] == ["E", "D", "C", "B", "A"]


def test_parameters_that_change_are_listed_with_both_values() -> None:
    """A new one has no value before; one that stays is not listed."""
    before = {"A": "1", "B": "", "C": "same"}
    after = {"A": "2", "B": "x", "C": "same", "D": "new"}
    assert parameter_changes(before, after) == ["A: 1 → 2", "B: (empty) → x", "D: (none) → new"]


def test_services_are_counted_most_first() -> None:
    """A new stack is too long for a list."""
    changes = changes_of([change("Add", "T", TABLE), change("Add", "A"), change("Add", "B")])
    assert services_of(changes) == "2 SQS, 1 DynamoDB"


def test_what_takes_the_place_of_an_adopted_one_is_about_data() -> None:
    """It starts empty, as when open deletions are not carried out any more."""
    data = "a new one without items, instead of the adopted one, which stays"
    actual = changes_of([change("Add", "Regulations", TABLE)], {"Regulations"})
    assert actual == [Change("added", "Regulations", TABLE, data=data)]


def test_what_is_adopted_no_longer_is_given_back() -> None:
    """Also by a template that does not know the parameter; another name is no end of it."""
    before = {"AdoptLedger": "old", "AdoptRegulations": "old", "AdoptSuppressions": "old"}
    after = {"AdoptLedger": "", "AdoptSuppressions": "restored"}
    assert given_back(before, after) == {"Ledger", "Regulations"}
