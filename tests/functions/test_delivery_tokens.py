"""deliver_events: nothing is sent under a token that Mixpanel has not accepted."""

from dataclasses import dataclass
from typing import Any

import pytest

from mixpanel_emulator import Emulator
from tests.build import TOKEN, identify, sqs_event, track
from tests.functions.delivery import DeliveryFunction, expire_cache, failures
from tests.functions.logs import metrics

ACCOUNT = {
    "serviceAccountUserName": "sandbox.0123.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}
ONE_DIGIT_WRONG = f"{TOKEN[:-1]}0"
MODES = pytest.mark.parametrize("mode", ["original", "simplified"])
GROUP = {
    "type": "group",
    "messageId": "group-1",
    "userId": "user-1",
    "timestamp": "2026-12-31T12:00:00.000Z",
    "traits": {"company": "heron-and-reed"},
}
PURCHASE = track(messageId="purchase-1", properties={"revenue": 9.5})


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of one invocation: its response, its metrics, and what Mixpanel holds."""

    response: Any
    delivered: int
    kept: int
    configuration_errors: int
    codes: dict[str, int]
    events: int
    profiles: int


@dataclass
class Project:
    """The function with credentials that a test sets, and the project that they name."""

    function: DeliveryFunction
    mixpanel: Emulator
    capsys: pytest.CaptureFixture[str]

    def configure(self, secret: dict[str, Any], **settings: Any) -> None:
        """Write the secret and the settings, which are in use at once."""
        self.function.put_secret(secret)
        self.function.put_settings(
            {"people": True, "groupKeySettings": [{"groupKey": "company"}], **settings}
        )
        dependencies = self.function.connection()
        expire_cache(dependencies.secrets)
        expire_cache(dependencies.ssm)

    def deliver(self, *bodies: Any) -> Seen:
        """Deliver records with these bodies in one invocation."""
        response = self.function.invoke(sqs_event(*bodies))
        (blob,) = metrics(self.capsys.readouterr().out)
        return Seen(
            response,
            blob["Delivered"][0],
            blob["Kept"][0],
            blob["ConfigurationErrors"][0],
            blob.get("codes", {}),
            len(self.mixpanel.events()),
            len(self.mixpanel.profiles()),
        )


@pytest.fixture
def project(
    delivering: DeliveryFunction, mixpanel: Emulator, capsys: pytest.CaptureFixture[str]
) -> Project:
    """The function, connected to the emulator's project."""
    return Project(delivering, mixpanel, capsys)


@MODES
def test_profile_is_not_sent_under_the_token_of_no_project(project: Project, mode: str) -> None:
    """The service account imports the event; the profile would vanish with a success."""
    project.configure({"token": ONE_DIGIT_WRONG, **ACCOUNT}, identityMergeApi=mode)
    seen = project.deliver(track(), identify())
    assert (seen.response, seen.delivered, seen.kept, seen.codes, seen.configuration_errors) == (
        failures("record-2"),
        1,
        1,
        {"CREDENTIALS_REFUSED": 1},
        1,
    )
    assert (seen.profiles, project.mixpanel.violations()) == (0, [])
