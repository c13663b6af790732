"""What holds for every test: nothing is left to chance, and no real account is within reach."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("repeatable")

# Made up, so that a test that forgets to put something in AWS's place is told who it is not.
NOBODY = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

# Tests end programs by these, and who was started in the background hands on that he ignores them.
for ending, usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(ending) is signal.SIG_IGN:
        signal.signal(ending, usual)


@pytest.fixture(scope="session", autouse=True)
def nobody() -> Iterator[None]:
    """Credentials of nobody, whatever the person who runs the tests is logged in to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name, value in NOBODY.items():
            patch.setenv(name, value)
        yield
