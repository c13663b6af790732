"""tools/deployment/guard.py: a new stack does not forget who is suppressed."""

from typing import Any

import pytest

from tools.deployment.guard import Retained, emptied, forgotten, refusal, refusal_to_empty

KEY = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:key-a1b2c3"
ADOPTION = {
    "AdoptLedger": "ledger-1",
    "AdoptSuppressionKey": KEY,
    "AdoptSuppressions": "suppressions-1",
}


def resource(name: str, identifier: str, *, suppressions: bool = False) -> dict[str, Any]:
    """A retained resource, as the command has it."""
    return {
        "logicalId": name,
        "id": identifier,
        "created": "2026-11-27T10:00:00Z",
        "suppressions": suppressions,
    }


TABLE = resource("Suppressions", "suppressions-1", suppressions=True)
LEDGER = resource("Ledger", "ledger-1")
FOUND = Retained([LEDGER, TABLE], ADOPTION)


def test_new_stack_would_forget_a_table_of_suppressions() -> None:
    """Nothing says that it takes the table over."""
    assert forgotten(FOUND, ["DestinationId=x"]) == [TABLE]


def test_nothing_is_forgotten_where_nobody_is_suppressed() -> None:
    """Other things that are left stop no deployment."""
    assert forgotten(Retained([LEDGER]), []) == []


def test_nothing_is_forgotten_by_a_stack_that_adopts_table_and_key() -> None:
    """Wherever the parameters come from."""
    assert forgotten(FOUND, [f"{name}={value}" for name, value in ADOPTION.items()]) == []


@pytest.mark.parametrize(
    "parameters",
    [
        ["AdoptSuppressions=suppressions-1"],
        [f"AdoptSuppressionKey={KEY}"],
        ["AdoptSuppressions=suppressions-1", "AdoptSuppressionKey="],
    ],
)
def test_one_without_the_other_forgets(parameters: list[str]) -> None:
    """A table without its key finds nobody; an empty parameter is none, and the last one counts."""
    assert forgotten(FOUND, parameters) == [TABLE]


def test_refusal_prints_the_commands_that_help() -> None:
    """They can be copied: with the given arguments, and the two parameters that matter first."""
    text = refusal("mine", FOUND, {"ENVIRONMENT": "prod", "PARAMETERS": "AlarmEmail=a@b.example"})
    adopted = f"AdoptSuppressions=suppressions-1 AdoptSuppressionKey={KEY} AdoptLedger=ledger-1"
    adopting = f'PARAMETERS="AlarmEmail=a@b.example {adopted}"'
    assert text.splitlines() == [
        "A new stack mine would forget who is suppressed, and deliver their events again.",
        "",
        "An earlier stack of this name has left:",
        "  Suppressions: suppressions-1, created 2026-11-27T10:00:00Z",
        "",
        "To go on with it, and with everything else that is left:",
        f"  make deploy ENVIRONMENT=prod {adopting}",
        "",
        "To forget them knowingly:",
        "  make deploy ENVIRONMENT=prod PARAMETERS=AlarmEmail=a@b.example FRESH=yes",
    ]


def test_refusal_lets_the_reader_choose_one_of_several_tables() -> None:
    """None is chosen silently."""
    other = resource("Suppressions", "suppressions-2", suppressions=True)
    found = Retained([TABLE, other], {"AdoptLedger": "ledger-1"}, ["2 tables hold users."])
    text = refusal("mine", found, {})
    assert (
        "2 tables hold users." in text,
        "suppressions-1" in text and "suppressions-2" in text,
        "choose it and its key from `.venv/bin/rudder-mixpanel retained --stack mine`" in text,
        'make deploy PARAMETERS="AdoptSuppressions=… AdoptSuppressionKey=…"' in text,
    ) == (True, True, True, True)


TAKEN = Retained([LEDGER], {"AdoptLedger": "ledger-1"}, taken=[{**TABLE, "adoptedBy": "other"}])


def test_table_that_another_stack_has_taken_over_would_be_forgotten() -> None:
    """It is not left any more, and a new stack of the first name would be empty."""
    assert [each["id"] for each in forgotten(TAKEN, [])] == ["suppressions-1"]


def test_refusal_names_the_stack_that_uses_the_table() -> None:
    """It does not tell to adopt the rest alone."""
    text = refusal("mine", TAKEN, {})
    assert (
        "suppressions-1, created 2026-11-27T10:00:00Z, used by the stack other" in text,
        "If other was to adopt none of it, remove that stack" in text,
        "AdoptLedger" in text,
    ) == (True, True, False)


BEFORE = {"AdoptSuppressions": "suppressions-1", "AdoptSuppressionKey": KEY}


@pytest.mark.parametrize(
    ("before", "parameters", "table"),
    [
        (BEFORE, ["AdoptSuppressions=", "AdoptSuppressionKey="], "suppressions-1"),
        (BEFORE, ["AdoptSuppressions=x", "AdoptSuppressions="], "suppressions-1"),
        (BEFORE, [], ""),
        (BEFORE, ["AdoptSuppressions=restored"], ""),
        ({"AdoptSuppressions": ""}, ["AdoptSuppressions="], ""),
        ({}, [], ""),
    ],
)
def test_adopted_table_is_not_taken_from_a_stack(
    before: dict[str, str], parameters: list[str], table: str
) -> None:
    """A parameter that is not given keeps its value, and another table is a restored one."""
    assert emptied(before, parameters) == table


def test_refusal_to_empty_names_the_table_and_the_way_around() -> None:
    """The command can be copied."""
    given = {"ENVIRONMENT": "prod", "PARAMETERS": "AdoptSuppressions= AdoptSuppressionKey="}
    text = refusal_to_empty("mine", "suppressions-1", given)
    last = f'  make deploy ENVIRONMENT=prod PARAMETERS="{given["PARAMETERS"]}" FRESH=yes'
    assert ("table suppressions-1," in text, text.splitlines()[-1]) == (True, last)
