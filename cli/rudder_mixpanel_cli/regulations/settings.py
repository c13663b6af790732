"""Which API of Mixpanel a stack deletes by, as far as the command may know."""

import json
from contextlib import suppress
from typing import Final

import boto3

from rudder_mixpanel.destination.deletion import deletion_api_of
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.aws import AWS_ERRORS
from rudder_mixpanel_cli.regulations.connection import Connection

UNKNOWN: Final = "deletes as its setting userDeletionApi says, which this command cannot read"
DELETES: Final = {
    "task": "deletes the profile and all events (userDeletionApi: task)",
    "engage": "deletes the profile only: events remain (userDeletionApi: engage)",
}


def deletion_of(connection: Connection) -> str:
    """What the stack deletes; those who request deletions need no access to its settings."""
    if not connection.settings:
        return UNKNOWN
    with suppress(*AWS_ERRORS, ValueError, TypeError, ConfigurationError):
        parameter = boto3.client("ssm").get_parameter(Name=connection.settings)["Parameter"]
        return DELETES[deletion_api_of(dict(json.loads(parameter["Value"])))]
    return UNKNOWN
