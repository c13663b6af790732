"""The project to export, and the service account that may."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.confirmation import is_terminal
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import WaitsFor
from rudder_mixpanel_cli.errors import CommandError, UsageError
from rudder_mixpanel_cli.mixpanel.probe import base_url_of
from rudder_mixpanel_cli.raw_export.options import SECRET_VARIABLE, ExportOptions
from rudder_mixpanel_cli.settings.configuration import dynamic_settings, values_of
from rudder_mixpanel_cli.setup.questions import ask_secret

# developer.mixpanel.com/reference/raw-data-export
EXPORT_URLS: Final = {
    "us": "https://data.mixpanel.com",
    "eu": "https://data-eu.mixpanel.com",
    "in": "https://data-in.mixpanel.com",
}
USER_NAME: Final = "serviceAccountUserName"
SECRET: Final = "serviceAccountSecret"  # noqa: S105 - a name
PROJECT_ID: Final = "projectId"
REGION: Final = "dataResidency"
# The settings that decide where an event arrives
OF_THE_PLACE: Final = ("token", PROJECT_ID, REGION)
NUMBER: Final = re.compile(r"\d{1,20}")


@dataclass(frozen=True, slots=True)
class ExportProject:
    """A project: its id, the address of its region, and a service account of it.

    `zone` is the time zone of the times in its export. `dynamic_settings` are those by which events
    can name another project.
    """

    id: str
    url: str
    account: str
    secret: str = field(repr=False)
    zone: tzinfo = UTC
    dynamic_settings: tuple[str, ...] = ()

    @property
    def has_zone(self) -> bool:
        """Whether its times are not in UTC."""
        return self.zone is not UTC


def export_project(stack: DeployedStack, options: ExportOptions) -> ExportProject:
    """The project that a stack delivers to, and the service account to export it with.

    Raises UsageError when there is none, and CommandError when it cannot be read.
    """
    zone = time_zone(options.time_zone)
    with report_aws_errors():
        try:
            values = values_of(stack, {USER_NAME, SECRET, PROJECT_ID, REGION})
            dynamic = dynamic_settings(stack, OF_THE_PLACE)
        except WaitsFor as check:
            advice = f"see rudder-mixpanel doctor --stack {stack.name}"
            raise CommandError(
                f"stack {stack.name}: the {check} cannot be read: {advice}"
            ) from None
        base_url = base_url_of(stack)
    account, secret, project_id = account_of(values, options)
    if not NUMBER.fullmatch(project_id):
        raise UsageError(f"--project-id: expected the number of a project, got {project_id}")
    url = base_url or EXPORT_URLS[values[REGION]]
    return ExportProject(project_id, url, account, secret, zone, dynamic)


def account_of(values: Mapping[str, Any], options: ExportOptions) -> tuple[str, str, str]:
    """The service account of the options, else the stack's: name, secret and project id.

    Raises UsageError when a part is missing.
    """
    project_id = options.project_id or values[PROJECT_ID]
    if not options.service_account:
        account, secret = values[USER_NAME], values[SECRET]
        if not (account and secret and project_id):
            raise UsageError(
                "the stack has no service account with a projectId, and the export does not accept "
                "a project token: give --service-account NAME --project-id ID"
            )
        return account, secret, project_id
    if not project_id:
        raise UsageError("--service-account: expected --project-id ID with it")
    return options.service_account, given_secret(options.service_account), project_id


def given_secret(account: str) -> str:
    """The secret of the environment, else the one that is typed. Raises UsageError for none."""
    if secret := os.environ.get(SECRET_VARIABLE, "").strip():
        return secret
    if not is_terminal():
        raise UsageError(f"expected the service account's secret in {SECRET_VARIABLE}")
    if secret := ask_secret(f"Secret of the service account {account}"):
        return secret
    raise UsageError("expected the service account's secret, got nothing")


def time_zone(name: str) -> tzinfo:
    """A time zone by its IANA name. Raises UsageError for another name."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"--time-zone: expected a name such as Europe/Berlin, got {name}"
        ) from None
