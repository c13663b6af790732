"""deliver_events: its settings and its secret, and what is wrong with them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from rudder_mixpanel.aws.configuration import SETTINGS_HOLD
from rudder_mixpanel.delivery.bootstrap import CREDENTIALS_HOLD
from rudder_mixpanel.errors import Code
from tests.build import TOKEN, sqs_event, track
from tests.functions.context import SETTINGS
from tests.functions.delivery import (
    EMPTY,
    SECRET,
    DeliveryFunction,
    expire_cache,
    failures,
)
from tests.functions.logs import metrics, problems

RIGHT = {"token": TOKEN}
NO_SECRET = "s3cret-that-nobody-may-see"
MISSING = "it is missing: run rudder-mixpanel setup"


@pytest.mark.parametrize(
    ("settings", "secret", "expected"),
    [
        (
            "not JSON " + NO_SECRET,
            RIGHT,
            f"SSM parameter {SETTINGS}: expected {SETTINGS_HOLD}; invalid JSON at position 0",
        ),
        (
            [NO_SECRET],
            RIGHT,
            f"SSM parameter {SETTINGS}: expected {SETTINGS_HOLD}; it is not a JSON object",
        ),
        (
            {},
            "not JSON " + NO_SECRET,
            f"secret {SECRET}: expected {CREDENTIALS_HOLD}; invalid JSON at position 0",
        ),
        (
            {},
            [NO_SECRET],
            f"secret {SECRET}: expected {CREDENTIALS_HOLD}; it is not a JSON object",
        ),
        ({}, "null", f"secret {SECRET}: expected {CREDENTIALS_HOLD}; it is not a JSON object"),
        (
            {},
            {},
            f"secret {SECRET}: token: expected text, got nothing; the secret is {CREDENTIALS_HOLD}",
        ),
        ({}, {"token": [NO_SECRET]}, f"secret {SECRET}: token: expected text, got a list"),
        ({"token": [NO_SECRET]}, {}, "token: expected text, got a list"),
        (
            {},
            {"token": "{{ .S3CRET }}"},
            (
                f"secret {SECRET}: token: expected the value itself "
                f"(only {{{{ path || default }}}} is filled in), got a placeholder; "
                f"the secret is {CREDENTIALS_HOLD}"
            ),
        ),
        ({"dataResidency": NO_SECRET}, RIGHT, "dataResidency: expected one of us, eu, in"),
        ({"strictMode": NO_SECRET}, RIGHT, "strictMode: expected true or false"),
        (
            {},
            {**RIGHT, "serviceAccountUserName": "one", "serviceAccountSecret": NO_SECRET},
            f"secret {SECRET}: projectId: expected text, got nothing",
        ),
        ({"apiSecret": NO_SECRET}, RIGHT, f"apiSecret: expected in the secret {SECRET}"),
        ({"api_secret": NO_SECRET}, RIGHT, f"api_secret: expected in the secret {SECRET}"),
        (
            {"serviceAccountSecret": NO_SECRET},
            RIGHT,
            f"serviceAccountSecret: expected in the secret {SECRET}",
        ),
        (
            {"service_account_secret": NO_SECRET},
            RIGHT,
            f"service_account_secret: expected in the secret {SECRET}",
        ),
        ({"gdprApiToken": NO_SECRET}, RIGHT, f"gdprApiToken: expected in the secret {SECRET}"),
        ({"gdpr_api_token": NO_SECRET}, RIGHT, f"gdpr_api_token: expected in the secret {SECRET}"),
    ],
)
def test_wrong_settings_keep_every_record_and_are_named(
    deployed: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    settings: Any,
    secret: Any,
    expected: str,
) -> None:
    """The error names the parameter, the secret or the setting, and never a value."""
    deployed.put_settings(settings)
    deployed.put_secret(secret)
    response = deployed.invoke(sqs_event(track(), "not JSON"))
    output = capsys.readouterr()
    (error,) = problems(output.out)
    (blob,) = metrics(output.out)
    assert (response, error["level"], error["reason"][: len(expected)]) == (
        failures("record-1", "record-2"),
        "ERROR",
        expected,
    )
    assert (blob["ConfigurationErrors"], NO_SECRET in output.out + output.err) == ([1], False)


def test_warnings_about_settings_are_logged_once_for_each_version(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """The events are delivered; a change of the settings or the secret is a new version."""
    counts = []
    for secret in (RIGHT, RIGHT, {**RIGHT, "projectid": "1"}):
        delivering.put_settings({"dataResidnecy": "eu"})
        delivering.put_secret(secret)
        expire_cache(delivering.connection().ssm)
        expire_cache(delivering.connection().secrets)
        assert delivering.invoke(sqs_event(track())) == EMPTY
        counts.append([line["setting"] for line in problems(capsys.readouterr().out)])
    assert counts == [["dataResidnecy"], [], ["dataResidnecy", "projectid"]]


def test_warning_about_settings_that_are_refused_is_logged(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may say why; nothing of a value is logged."""
    deployed.put_settings({})
    deployed.put_secret({"Token": NO_SECRET})
    deployed.invoke(sqs_event(track()))
    output = capsys.readouterr()
    reasons = [line["reason"] for line in problems(output.out)]
    assert "ignored, as no setting has this name; did you mean token?" in reasons
    assert NO_SECRET not in output.out + output.err


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (
            "DESTINATION_SETTINGS_PARAMETER",
            f"SSM parameter {SETTINGS}: expected {SETTINGS_HOLD}; {MISSING}",
        ),
        (
            "DELIVERY_CREDENTIALS_SECRET",
            f"secret /nowhere: expected {CREDENTIALS_HOLD}; {MISSING}",
        ),
        ("MIXPANEL_BASE_URL", "MIXPANEL_BASE_URL: expected an https address, or none"),
    ],
)
def test_missing_parameter_or_secret_is_named(
    deployed: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    expected: str,
) -> None:
    """Every record is kept until it exists; the template does not create the parameter."""
    if variable == "DESTINATION_SETTINGS_PARAMETER":
        deployed.client("ssm").delete_parameter(Name=SETTINGS)
    else:
        monkeypatch.setenv(variable, "/nowhere")
    response = deployed.invoke(sqs_event(track()))
    (error,) = problems(capsys.readouterr().out)
    assert (response, error["code"], error["reason"][: len(expected)]) == (
        failures("record-1"),
        Code.WRONG_SETTINGS,
        expected,
    )


def test_secret_without_a_value_is_named(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the secret of a new stack is."""
    monkeypatch.setenv("DELIVERY_CREDENTIALS_SECRET", "new")
    deployed.client("secretsmanager").create_secret(Name="new")
    deployed.invoke(sqs_event(track()))
    (error,) = problems(capsys.readouterr().out)
    assert error["reason"] == f"secret new: expected {CREDENTIALS_HOLD}; {MISSING}"


def test_rejected_credentials_are_an_error_and_a_metric(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mixpanel responds 401: the secret must be fixed."""
    deployed.use_transport(httpx.MockTransport(lambda _request: httpx.Response(401)))
    response = deployed.invoke(sqs_event(track()))
    output = capsys.readouterr().out
    (error,), (blob,) = problems(output), metrics(output)
    assert (response, error["level"], error["code"], blob["ConfigurationErrors"]) == (
        failures("record-1"),
        "ERROR",
        "CREDENTIALS_REFUSED",
        [1],
    )


def test_changed_secret_is_used_a_minute_later(
    delivering: DeliveryFunction,
) -> None:
    """A rotation needs no new container, and an error lasts no longer than the cache."""
    delivering.put_secret({"token": "0" * 32})
    wrong = delivering.invoke(sqs_event(track()))
    delivering.put_secret(RIGHT)
    cached = delivering.invoke(sqs_event(track()))
    expire_cache(delivering.connection().secrets)
    fixed = delivering.invoke(sqs_event(track()))
    assert (wrong, cached, fixed) == (failures("record-1"), failures("record-1"), EMPTY)


@pytest.mark.parametrize(
    ("code", "response"),
    [("ThrottlingException", EMPTY), ("AccessDeniedException", failures("record-1"))],
)
def test_throttled_secret_is_used_from_the_cache(
    delivering: DeliveryFunction, code: str, response: object
) -> None:
    """An error that passes by itself does not stop the delivery; any other does."""
    delivering.invoke(sqs_event(track()))
    secrets = delivering.connection().secrets
    expire_cache(secrets)
    secrets.fetch = failing_with(code)
    assert delivering.invoke(sqs_event(track())) == response


def failing_with(code: str) -> Callable[[str], str]:
    """A store of secrets that answers with this error."""

    def fail(_: str) -> str:
        raise ClientError({"Error": {"Code": code}}, "GetSecretValue")

    return fail
