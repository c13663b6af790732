"""AWS by moto, and functions deployed in it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from moto import mock_aws

from mixpanel_emulator import Emulator
from rudder_mixpanel.aws import dynamodb
from rudder_mixpanel.deletion import bootstrap
from tests.functions.deployed import Deployed, deploy
from tests.functions.regulations import Regulations

# When the queue took the records of the tests; the samples were recorded some weeks before.
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def mixpanel() -> Iterator[Emulator]:
    """A Mixpanel that checks everything."""
    with Emulator(now=lambda: NOW) as emulator:
        yield emulator


@pytest.fixture
def aws() -> Iterator[None]:
    """An account that is empty."""
    with mock_aws():
        yield


@pytest.fixture
def deployed(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """The function with good settings, and a Mixpanel that nobody has started."""
    function, variables = deploy("http://127.0.0.1:9")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield function
    function.stop()


@pytest.fixture
def delivering(deployed: Deployed, mixpanel: Emulator, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """The function, connected to a Mixpanel that checks everything."""
    monkeypatch.setenv("MIXPANEL_BASE_URL", mixpanel.url)
    deployed.put_settings(
        {
            "dataResidency": "us",
            "people": True,
            "groupKeySettings": [{"groupKey": "groupId"}],
            "setOnceProperties": [{"property": "createdAt"}],
            "unionProperties": [{"property": "interests"}],
        }
    )
    return deployed


@pytest.fixture
def regulations(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Regulations]:
    """An account, and functions for regulations that see a time of the tests."""
    monkeypatch.setattr(dynamodb, "SIDE_BY_SIDE", 1)
    monkeypatch.setattr(bootstrap, "PAUSE", 0)
    one = Regulations(monkeypatch)
    one.set_clock(NOW)
    yield one
    one.stop()
