"""The options of commands that read Mixpanel's raw export, and the value that they fill."""

from dataclasses import dataclass
from typing import Annotated, Final

import typer

SECRET_VARIABLE: Final = "RUDDER_MIXPANEL_SERVICE_ACCOUNT_SECRET"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Which service account exports which project, and the time zone of the export's times."""

    service_account: str | None = None
    project_id: str | None = None
    time_zone: str = "UTC"


FirstDay = Annotated[
    str, typer.Option("--from", metavar="DAY", help="The first day, in UTC: 2026-12-30.")
]
LastDay = Annotated[
    str, typer.Option("--to", metavar="DAY", help="The last day, in UTC; it is included.")
]
ServiceAccountName = Annotated[
    str | None,
    typer.Option(
        "--service-account",
        metavar="NAME",
        help="Export with this service account, and not with the stack's. Its secret is asked for,"
        f" or read from {SECRET_VARIABLE}.",
    ),
]
ExportProjectId = Annotated[
    str | None,
    typer.Option("--project-id", metavar="ID", help="The project, if the stack does not name it."),
]
ProjectTimeZone = Annotated[
    str,
    typer.Option(
        "--time-zone",
        metavar="ZONE",
        help="The time zone of a project that was created before 2023, such as Europe/Berlin."
        " Later ones export times in UTC.",
    ),
]
