"""The saved queries of Logs Insights: in one folder, on the right logs, and within the limits."""

import re
from typing import Any

import pytest

from tests.template.dashboard import queries_of
from tests.template.stack import Stack

# The commands of Logs Insights that the queries use.
COMMANDS = {"fields", "filter", "stats", "sort", "limit", "unnest", "display"}


@pytest.fixture
def stack(expanded: dict[str, Any]) -> Stack:
    """The stack with all optional parts."""
    return Stack(expanded, {"ReceiveEvents": "yes"})


def test_queries_are_in_the_folder_of_their_stack(stack: Stack) -> None:
    """Logs Insights makes folders of the slashes in a name; two stacks do not mix."""
    queries = stack.of_type("AWS::Logs::QueryDefinition").values()
    folders = {stack.text(query["Name"]).rpartition("/")[0] for query in queries}
    assert (folders, len(queries_of(stack))) == (
        {"rudder-mixpanel/rudder-mixpanel-prod"},
        len(queries),
    )


def test_parameters_of_a_query_are_those_in_its_text(stack: Stack) -> None:
    """Each is described, and none is left over."""
    wrong = {
        name: query.get("Parameters")
        for name, query in queries_of(stack).items()
        if {
            parameter["Name"]
            for parameter in query.get("Parameters", [])
            if parameter["Description"]
        }
        != set(re.findall(r"\{\{(\w+)\}\}", query["QueryString"]))
    }
    assert wrong == {}


def test_queries_are_made_of_known_commands(stack: Stack) -> None:
    """Each part between two bars begins with a command; strings contain no bar."""
    unknown = {
        (name, part.split()[0])
        for name, query in queries_of(stack).items()
        for part in re.sub(r"#.*", "", query["QueryString"]).split("|")
        if part.split()[0] not in COMMANDS
    }
    assert unknown == set()


@pytest.mark.parametrize("receives", ["yes", "no"])
def test_queries_read_logs_of_the_stack(expanded: dict[str, Any], receives: str) -> None:
    """Only those that exist, and each has a query."""
    stack = Stack(expanded, {"ReceiveEvents": receives})
    read = {
        group
        for query in queries_of(stack).values()
        for group in stack.texts(query["LogGroupNames"])
    }
    assert read == set(stack.of_type("AWS::Logs::LogGroup"))
