"""What holds for every test: it is deterministic, and uses no real AWS account."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.permissions.usage import COMMANDS, FUNCTIONS, PermissionUsage

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("repeatable")

# Not real, so that a test without a fake of AWS fails.
FAKE_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

# Tests stop programs by these signals; a shell that runs pytest in the background ignores them.
for stop_signal, default in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(stop_signal) is signal.SIG_IGN:
        signal.signal(stop_signal, default)


@pytest.fixture(scope="session", autouse=True)
def fake_account() -> Iterator[None]:
    """Credentials of no account, whatever the environment of pytest has."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name, value in FAKE_ACCOUNT.items():
            patch.setenv(name, value)
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Check that every permission of functions and commands is used, when all their tests run."""
    for subject in (FUNCTIONS, COMMANDS):
        config.pluginmanager.register(
            PermissionUsage(config, subject), f"permissions of {subject.name}"
        )
