"""The built function and the token of no project: Mixpanel answers success, and drops the data."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.build import TOKEN, identify, track
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies

ACCOUNT = {
    "serviceAccountUserName": "sandbox.0123.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}
ONE_DIGIT_WRONG = f"{TOKEN[:-1]}0"
GROUP = {
    "type": "group",
    "messageId": "group-3",
    "userId": "user-3",
    "timestamp": "2026-10-05T12:00:00.000Z",
    "traits": {"company": "heron-and-reed"},
}
SENT: list[Any] = [
    track(messageId="track-1", userId="user-1", anonymousId=None),
    {**identify(), "messageId": "identify-2", "userId": "user-2", "anonymousId": None},
    GROUP,
    track(messageId="order-4", userId="user-4", anonymousId=None, properties={"revenue": 9.5}),
]


def first_metrics(system: DeliverySystem) -> dict[str, Any]:
    """The metrics and codes of the first invocation."""
    lines = [json.loads(line) for line in system.function.answers[0].log if "_aws" in line]
    metrics: dict[str, Any] = lines[0]
    return metrics


@pytest.mark.parametrize("mode", ["original", "simplified"])
@pytest.mark.parametrize(("api", "delivered"), [("import", 1), ("track", 0)])
def test_token_of_no_project_delivers_what_import_takes_and_keeps_the_rest(
    deploy: Callable[..., DeliverySystem], mode: str, api: str, delivered: int
) -> None:
    """The alarm fires, nothing is sent to the other endpoints, and a correction delivers it all."""
    system = deploy(
        identityMergeApi=mode,
        ingestionApi=api,
        people=True,
        groupKeySettings=[{"groupKey": "company"}],
    )
    system.put_credentials(token=ONE_DIGIT_WRONG, **ACCOUNT)
    system.send(*SENT)
    system.source.poll()
    metrics = first_metrics(system)
    assert (metrics["Delivered"], metrics["ConfigurationErrors"], metrics["codes"]) == (
        [delivered],
        [1],
        {"CREDENTIALS_REFUSED": len(SENT) - delivered},
    )
    assert (system.mixpanel.profiles(), system.mixpanel.groups()) == ([], [])
    assert {request["path"] for request in system.mixpanel.requests()} == {"/import"}
    system.put_credentials(token=TOKEN, **ACCOUNT)
    system.run_until_empty()
    # A kept event may be imported again, which a query does not show.
    found = [each for each in discrepancies(system) if not each.startswith("raw events")]
    assert found == []
