"""A healthy stack in moto, and the emulator as Mixpanel."""

from collections.abc import Iterator
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader
from moto import mock_aws

from mixpanel_emulator import Emulator, Project
from tests.unit.cli.doctor.account import ANALYST, API_SECRET, OTHER, Account


@pytest.fixture(scope="session", autouse=True)
def service_models() -> Iterator[None]:
    """Read the models of AWS's services once: each client reads megabytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", staticmethod(cache(JSONFileLoader().load_file)))
        yield


@pytest.fixture(scope="session")
def mixpanel_project() -> Project:
    """A project in the United States; an analyst may not import into it."""
    account = Project().service_accounts[0]
    return Project(region="us", service_accounts=(account, ANALYST), api_secret=API_SECRET)


@pytest.fixture(scope="session")
def mixpanel_server(mixpanel_project: Project) -> Iterator[Emulator]:
    """An emulator with one more project beside it."""
    with Emulator(OTHER, project=mixpanel_project) as emulator:
        yield emulator


@pytest.fixture
def account(mixpanel: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account with a healthy stack."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield Account(mixpanel.url, monkeypatch)
