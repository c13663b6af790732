"""The names of resources in the account of the tests."""

from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"


def arn(service: str, name: str) -> str:
    """The ARN of a resource in the account of the tests."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"
