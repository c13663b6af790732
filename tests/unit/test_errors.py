"""What can go wrong, and how it is told."""

import pytest

from rudder_mixpanel.errors import Code, ConfigurationError, DeliveryError, RejectedEvent


@pytest.mark.parametrize("code", Code)
def test_code_explains_itself(code: Code) -> None:
    """Each code is its own name, and has a sentence for whoever finds it on the rejected queue."""
    assert code == code.name
    assert code.explanation.endswith(".")


def test_rejection_says_why_and_where() -> None:
    """Its text is what is logged; the field is for the rejected queue."""
    error = RejectedEvent(Code.TOO_OLD, "expected a time within 5 days", "timestamp")
    assert str(error) == "TOO_OLD: expected a time within 5 days"
    assert (error.code, error.message, error.field) == (
        Code.TOO_OLD,
        "expected a time within 5 days",
        "timestamp",
    )


def test_configuration_error_names_the_setting() -> None:
    """Whoever mends it is told where."""
    error = ConfigurationError("token", "expected text, got nothing")
    assert str(error) == "token: expected text, got nothing"
    assert error.code is Code.WRONG_SETTINGS


@pytest.mark.parametrize("error", [RejectedEvent, ConfigurationError])
def test_errors_have_one_base(error: type[Exception]) -> None:
    """Everything that is raised on purpose can be told from what is not."""
    assert issubclass(error, DeliveryError)
