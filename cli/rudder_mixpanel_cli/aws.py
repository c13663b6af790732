"""A stack's outputs, and AWS errors as one-line messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from rudder_mixpanel_cli.errors import CommandError, UsageError

AWS_ERRORS: Final = (BotoCoreError, ClientError)
# Codes of a session that is over. botocore has a class of its own for that of IAM Identity Center.
EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"}
)
LOG_IN: Final = "log in again, for instance with aws sso login"


def stack_outputs(stack: str) -> dict[str, str]:
    """A stack's outputs by name; raises UsageError when the stack does not exist."""
    outputs = describe_stack(boto3.client("cloudformation"), stack).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def describe_stack(cloudformation: Any, stack: str) -> dict[str, Any]:
    """CloudFormation's description of a stack; raises UsageError when it does not exist."""
    if "," in stack:
        raise UsageError(f"--stack: expected one stack, got {stack}")
    try:
        stacks: list[dict[str, Any]] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        region = cloudformation.meta.region_name
        raise UsageError(f"--stack: stack {stack} does not exist in {region}") from None
    return stacks[0]


@contextmanager
def report_aws_errors() -> Iterator[None]:
    """Convert AWS errors of the block; raises CommandError with what to do about them."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError):
        raise CommandError("no AWS credentials: log in, or set AWS_PROFILE") from None
    except NoRegionError:
        raise CommandError("no AWS region: set AWS_DEFAULT_REGION or AWS_PROFILE") from None
    except ProfileNotFound as error:
        raise CommandError(f"{error}: see aws configure list-profiles") from None
    except (SSOError, TokenRetrievalError):
        raise CommandError(f"the AWS session has expired: {LOG_IN}") from None
    except ClientError as error:
        if error.response["Error"]["Code"] in EXPIRED:
            raise CommandError(f"AWS does not accept the credentials: {LOG_IN}") from None
        message = error.response["Error"]["Message"]
        raise CommandError(f"AWS rejected {error.operation_name}: {message}") from None
    except BotoCoreError as error:
        raise CommandError(f"cannot reach AWS: {error}") from None
