"""Errors and codes, and what their texts contain."""

import re
from collections.abc import Iterator
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import walk_packages

import pytest

import rudder_mixpanel
from rudder_mixpanel import errors
from rudder_mixpanel.errors import Code, ConfigurationError, DeliveryError, RejectedEvent

PACKAGE = rudder_mixpanel.__name__


def defined_errors() -> Iterator[type[BaseException]]:
    """Every exception class that a module of the package defines."""
    for module in walk_packages(rudder_mixpanel.__path__, f"{PACKAGE}."):
        for _, member in getmembers(import_module(module.name), isclass):
            if issubclass(member, BaseException) and member.__module__ == module.name:
                yield member


ERRORS = list(defined_errors())
TREE = str(errors.__doc__)


@pytest.mark.parametrize("code", Code)
def test_code_explains_itself(code: Code) -> None:
    """Each code is its own name, and has a sentence that explains it in the rejected queue."""
    assert code == code.name
    assert code.explanation.endswith(".")


def test_rejection_names_reason_and_field() -> None:
    """Its text is what is logged; the field is for the rejected queue."""
    error = RejectedEvent(Code.TOO_OLD, "expected a time within 5 days", "timestamp")
    assert str(error) == "TOO_OLD: expected a time within 5 days"
    assert (error.code, error.message, error.field) == (
        Code.TOO_OLD,
        "expected a time within 5 days",
        "timestamp",
    )


def test_configuration_error_names_the_setting() -> None:
    """The operator knows what to fix."""
    error = ConfigurationError("token", "expected text, got nothing")
    assert str(error) == "token: expected text, got nothing"
    assert error.code is Code.WRONG_SETTINGS


def test_tree_of_errors_is_complete() -> None:
    """The docstring of the module names every exception class of the package, and no other."""
    names = re.findall(r"^[│ ]*[├└]── (\w+)", TREE, re.MULTILINE)
    assert sorted([*names, "DeliveryError"]) == sorted(error.__name__ for error in ERRORS)


@pytest.mark.parametrize("error", ERRORS)
def test_errors_have_one_base(error: type[BaseException]) -> None:
    """An error that is raised on purpose can be distinguished from a bug."""
    assert issubclass(error, DeliveryError)


@pytest.mark.parametrize(
    "error", [error for error in ERRORS if error.__module__ != errors.__name__]
)
def test_tree_names_the_module_of_an_error_of_another_module(error: type[BaseException]) -> None:
    """A reader of the tree can find it."""
    assert f"{error.__module__.removeprefix(f'{PACKAGE}.')}.{error.__name__}" in TREE
