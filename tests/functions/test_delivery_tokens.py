"""deliver_events: nothing is sent under a token that Mixpanel has not accepted."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from mixpanel_emulator import Emulator
from tests.build import TOKEN, identify, sqs_event, track
from tests.functions.delivery import EMPTY, DeliveryFunction, expire_cache, failures
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
    assert (seen.delivered, seen.kept, seen.codes, seen.configuration_errors) == (
        1,
        1,
        {"CREDENTIALS_REFUSED": 1},
        1,
    )
    assert (seen.profiles, project.mixpanel.violations()) == (0, [])


@MODES
def test_corrected_token_delivers_everything_that_was_kept(project: Project, mode: str) -> None:
    """Users, groups and counters; nothing of them was lost meanwhile."""
    project.configure({"token": ONE_DIGIT_WRONG, **ACCOUNT}, identityMergeApi=mode)
    project.deliver(identify(), GROUP, PURCHASE)
    project.configure({"token": TOKEN, **ACCOUNT}, identityMergeApi=mode)
    seen = project.deliver(identify(), GROUP, PURCHASE)
    assert (seen.response, seen.delivered, seen.configuration_errors) == (EMPTY, 3, 0)
    assert (seen.profiles, len(project.mixpanel.groups()), transactions(project)) == (1, 1, 1)
    assert project.mixpanel.violations() == []


def transactions(project: Project) -> int:
    """How many charges the user's profile holds."""
    (profile,) = project.mixpanel.profiles()
    return len(profile["properties"]["$transactions"])


@MODES
def test_events_for_track_are_not_sent_under_the_token_of_no_project(
    project: Project, mode: str
) -> None:
    """/track answers success as well."""
    project.configure(
        {"token": ONE_DIGIT_WRONG, **ACCOUNT}, identityMergeApi=mode, ingestionApi="track"
    )
    kept = project.deliver(track())
    project.configure({"token": TOKEN, **ACCOUNT}, identityMergeApi=mode, ingestionApi="track")
    delivered = project.deliver(track())
    assert (kept.codes, kept.configuration_errors, kept.events) == (
        {"CREDENTIALS_REFUSED": 1},
        1,
        0,
    )
    assert (delivered.response, delivered.events, project.mixpanel.violations()) == (EMPTY, 1, [])


@MODES
def test_token_of_no_project_that_an_event_names_keeps_that_event(
    project: Project, mode: str
) -> None:
    """The others are delivered to the project of the stack."""
    project.configure(
        {"token": "{{ event.context.token || " + TOKEN + " }}", **ACCOUNT}, identityMergeApi=mode
    )
    elsewhere = identify(userId="user-2", context={"token": ONE_DIGIT_WRONG, "traits": {"a": 1}})
    seen = project.deliver(elsewhere, identify())
    assert (seen.response, seen.codes, seen.profiles, project.mixpanel.violations()) == (
        failures("record-1"),
        {"CREDENTIALS_REFUSED": 1},
        1,
        [],
    )


def test_project_of_another_region_is_the_token_of_no_project(project: Project) -> None:
    """Mixpanel does not redirect between regions."""
    dependencies = project.function.connection()
    dependencies.environment = replace(
        dependencies.environment, mixpanel_base_url=f"{project.mixpanel.url}/eu"
    )
    seen = project.deliver(identify())
    assert (seen.codes, seen.profiles, project.mixpanel.violations()) == (
        {"CREDENTIALS_REFUSED": 1},
        0,
        [],
    )


def test_profile_is_not_sent_while_its_token_cannot_be_checked(project: Project) -> None:
    """An outage of /import alone; it is no error of the configuration."""
    project.configure({"token": TOKEN, **ACCOUNT})
    project.mixpanel.fault("html_502", endpoint="import")
    kept = project.deliver(identify())
    project.mixpanel.clear_faults()
    delivered = project.deliver(identify())
    assert (kept.codes, kept.configuration_errors, kept.profiles) == ({"TOKEN_UNPROVEN": 1}, 0, 0)
    assert (delivered.response, delivered.profiles) == (EMPTY, 1)


def test_corrected_service_account_is_used_in_the_invocation_that_meets_a_refusal(
    project: Project,
) -> None:
    """The secret is read again, although it was read less than a minute ago."""
    project.configure({"token": TOKEN, **ACCOUNT, "serviceAccountSecret": "old"})
    project.function.connection().mixpanel()
    project.function.put_secret({"token": TOKEN, **ACCOUNT})
    seen = project.deliver(track())
    assert (seen.response, seen.events, seen.configuration_errors) == (EMPTY, 1, 0)


def test_corrected_token_is_used_in_the_invocation_after_a_refusal(project: Project) -> None:
    """The events are mapped anew with it, and not only when the cache is a minute old."""
    project.configure({"token": ONE_DIGIT_WRONG})
    project.function.connection().mixpanel()
    project.function.put_secret({"token": TOKEN})
    kept, delivered = project.deliver(track(), identify()), project.deliver(track(), identify())
    assert (kept.delivered, kept.configuration_errors) == (0, 1)
    assert (delivered.response, delivered.profiles, project.mixpanel.violations()) == (EMPTY, 1, [])
