"""The options of `rudder-mixpanel reconcile`."""

from typing import Annotated

import typer

from rudder_mixpanel_cli.errors import UNDETERMINED, exit_on_error
from rudder_mixpanel_cli.options import AsJson, StackName
from rudder_mixpanel_cli.raw_export.options import (
    ExportOptions,
    ExportProjectId,
    FirstDay,
    LastDay,
    ProjectTimeZone,
    ServiceAccountName,
)


def reconcile(  # noqa: PLR0913 - one for each option
    *,
    stack: StackName = None,
    first: FirstDay,
    last: LastDay,
    service_account: ServiceAccountName = None,
    project_id: ExportProjectId = None,
    time_zone: ProjectTimeZone = "UTC",
    missing: Annotated[
        bool,
        typer.Option(
            "--missing",
            help="Print the hash of each missing event, one a line, and the report on stderr.",
        ),
    ] = False,
    doubled: Annotated[
        bool,
        typer.Option(
            "--doubled",
            help="Print the hash of each event with doubled rows, and the report on stderr.",
        ),
    ] = False,
    json: AsJson = False,
) -> None:
    """Compare the events that were delivered with those that Mixpanel has, day by day.

    Reads the receipts of deliver_events in the log, from the first day to now, and Mixpanel's raw
    export of these days, and counts by $insert_id which events are found, missing, copied, doubled
    or unknown. Events delivered within the last hour are not judged: the export can be late.
    Neither are identity events ($merge, $create_alias), which Mixpanel may export or not. It
    changes nothing; what it sorts on the disk is gone at its end.

    The export needs a service account with access to the project; the project token is not enough.
    `where` takes the hashes that --missing and --doubled print.

    The exit status is 0 when no event is missing or doubled, 1 when one is, and 2 when that could
    not be determined: the export or the log is not complete, an option is not valid, there is no
    event that must be in Mixpanel by now, or what is missing may be in another project, since a
    dynamic setting lets events name theirs.

    rudder-mixpanel reconcile --from 2026-12-30 --to 2026-12-31 --stack NAME
    """
    with exit_on_error("nothing was compared", failure=UNDETERMINED):
        from rudder_mixpanel_cli.deployed_stack import DeployedStack  # noqa: PLC0415
        from rudder_mixpanel_cli.reconcile.actions import reconcile_days  # noqa: PLC0415
        from rudder_mixpanel_cli.reconcile.matching import Discrepancy  # noqa: PLC0415
        from rudder_mixpanel_cli.reconcile.period import Period  # noqa: PLC0415
        from rudder_mixpanel_cli.times import current_time  # noqa: PLC0415

        period = Period.of(first, last, current_time())
        options = ExportOptions(service_account, project_id, time_zone)
        wanted = {Discrepancy.MISSING: missing, Discrepancy.DOUBLED: doubled}
        listed = [kind for kind, is_wanted in wanted.items() if is_wanted]
        reconcile_days(DeployedStack(stack), period, options, listed=listed, json=json)
