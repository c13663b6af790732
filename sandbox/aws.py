"""Embedded AWS: MiniStack on a port of its own, with nothing of the user's AWS in sight."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import boto3
import httpx

from sandbox.processes import NotReady, Program, free_port

ROOT = Path(__file__).parent.parent
MINISTACK = ROOT / ".venv-ministack" / "bin" / "ministack"
REGION = "us-east-1"
KEY = "sandbox"  # embedded AWS asks for a key, and takes any
ATTEMPTS = 3  # somebody else may take the free port first


@contextmanager
def embedded_aws(folder: Path) -> Iterator[str]:
    """Its address, for as long as the block lasts."""
    for attempt in range(1, ATTEMPTS + 1):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with Program(
            [str(MINISTACK)], environ=ministack(port, folder), folder=folder, name="aws"
        ) as aws:
            try:
                aws.wait_until(partial(answers, url))
            except NotReady:
                if attempt == ATTEMPTS:
                    raise
                continue
            yield url
            return


def ministack(port: int, folder: Path) -> dict[str, str]:
    """What MiniStack runs with: bound to this machine, everything it writes in one folder."""
    return {
        "PATH": os.pathsep.join([str(MINISTACK.parent), os.defpath]),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        # It would listen on every address of the machine.
        "IOT_MTLS_ENABLED": "0",
    }


def answers(url: str) -> bool:
    """Whether anybody answers there."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code > 0
    except httpx.TransportError:
        return False


def session() -> boto3.Session:
    """Clients that know no real account."""
    return boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=KEY, region_name=REGION)


def environment(url: str, folder: Path) -> dict[str, str]:
    """The environment of a tool that is to see embedded AWS, and no real account.

    What it writes for a while, and forgets, it writes into the folder.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return own | {
        "PATH": os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)]),
        "TMPDIR": str(folder),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.1",  # embedded AWS is quick, and minds no questions
    }
