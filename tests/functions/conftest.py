"""Functions deployed in moto, and the emulator as Mixpanel."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader
from moto import mock_aws

from mixpanel_emulator import Emulator
from rudder_mixpanel.aws import dynamodb
from rudder_mixpanel.deletion import bootstrap
from tests.functions.delivery import DeliveryFunction, deploy
from tests.functions.receiving import ReceivingFunction
from tests.functions.regulations import RegulationsFunctions
from tests.permissions.enforcement import ENFORCEMENT

# The time at which the records were sent to the queue; the sample events are some weeks older.
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def service_models() -> Iterator[None]:
    """Read the models of AWS's services once: a function reads megabytes whenever it is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", staticmethod(cache(JSONFileLoader().load_file)))
        yield


@pytest.fixture(scope="session", autouse=True)
def roles() -> Iterator[None]:
    """Every handler runs under the role that the template gives its function."""
    with ENFORCEMENT.installed():
        yield


@pytest.fixture(autouse=True)
def nothing_is_denied() -> Iterator[None]:
    """A denied call fails the test, even if the function copes with it."""
    yield
    assert ENFORCEMENT.take_denied() == []


@pytest.fixture
def mixpanel() -> Iterator[Emulator]:
    """The emulator, which checks every request."""
    with Emulator(now=lambda: NOW) as emulator:
        yield emulator


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty account."""
    with mock_aws():
        yield


@pytest.fixture
def deployed(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeliveryFunction]:
    """The function that delivers events, with valid settings and without a Mixpanel."""
    function, variables = deploy("http://127.0.0.1:9")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield function
    function.stop()


@pytest.fixture
def delivering(
    deployed: DeliveryFunction, mixpanel: Emulator, monkeypatch: pytest.MonkeyPatch
) -> DeliveryFunction:
    """The function that delivers events, connected to the emulator."""
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
def regulations(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[RegulationsFunctions]:
    """The functions for regulations, at the time of the tests."""
    monkeypatch.setattr(dynamodb, "SIDE_BY_SIDE", 1)
    monkeypatch.setattr(bootstrap, "PAUSE", 0)
    functions = RegulationsFunctions(monkeypatch)
    functions.set_clock(NOW)
    yield functions
    functions.stop()


@pytest.fixture
def receiving(aws: None, monkeypatch: pytest.MonkeyPatch) -> ReceivingFunction:
    """The function, at the time of the tests."""
    return ReceivingFunction(monkeypatch, NOW)
