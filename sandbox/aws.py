"""MiniStack, the local AWS, on a port of its own and isolated from the user's AWS account."""

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
MINISTACK_COMMAND = (MINISTACK.with_name("python"), ROOT / "sandbox" / "closer_ministack.py")
REGION = "us-east-1"
KEY = "sandbox"  # MiniStack requires a key, and accepts any
ATTEMPTS = 3  # another program may take the free port first


@contextmanager
def local_aws(folder: Path) -> Iterator[str]:
    """Run MiniStack for the length of the block; yields its URL.

    Raises NotReady when it does not start.
    """
    for attempt in range(1, ATTEMPTS + 1):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environ = ministack_environment(port, folder)
        command = list(map(str, MINISTACK_COMMAND))
        with Program(command, environ=environ, folder=folder, name="aws") as aws:
            try:
                aws.wait_until(partial(is_listening, url))
            except NotReady:
                if attempt == ATTEMPTS:
                    raise
                continue
            yield url
            return


def ministack_environment(port: int, folder: Path) -> dict[str, str]:
    """Return MiniStack's environment: it listens on this machine only and writes to one folder."""
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


def is_listening(url: str) -> bool:
    """Return whether a server answers at the URL."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code > 0
    except httpx.TransportError:
        return False


def session() -> boto3.Session:
    """Return a session whose clients use no real account."""
    return boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=KEY, region_name=REGION)


def tool_environment(url: str, folder: Path) -> dict[str, str]:
    """Return the environment of a tool that must use MiniStack, and no real account.

    Its temporary files go to the folder.
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
        "SAM_CLI_POLL_DELAY": "0.1",  # MiniStack is fast and has no rate limits
    }
