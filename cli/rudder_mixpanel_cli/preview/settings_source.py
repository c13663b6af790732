"""The settings of a preview: those in a file, or the deployed ones of a stack."""

from pathlib import Path

from rudder_mixpanel.destination import Destination
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.options import NO_STACK
from rudder_mixpanel_cli.preview.destination_file import read_destination


def read_source(
    file: Path | None, stack: str | None, wanted: str | None = None, *, stack_is_named: bool
) -> tuple[Destination, str | None]:
    """The destination, and its id where a stack has one.

    A file wins over a stack that only the environment names. Raises UsageError for two sources or
    none, and for settings that are not valid, CommandError when AWS fails.
    """
    if file and stack and stack_is_named:
        raise UsageError("expected --destination or --stack, got both")
    if file:
        return read_destination(file, wanted), None
    if wanted is not None:
        raise UsageError("--destination-id: expected --destination FILE, in which to choose")
    if stack:
        # Only who has a stack waits for the AWS SDK to load.
        from rudder_mixpanel_cli.preview.deployed_destination import (  # noqa: PLC0415
            read_deployed_destination,
        )

        return read_deployed_destination(stack)
    raise UsageError(f"{NO_STACK}, or --destination FILE")
