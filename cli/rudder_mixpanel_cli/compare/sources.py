"""Where a comparison gets the settings of the destination, and Mixpanel's events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, Final

import typer

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.project import INGESTION_URLS
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import CommandError, UsageError
from rudder_mixpanel_cli.preview.settings_source import read_source
from rudder_mixpanel_cli.raw_export.export import RawExport, chunks_of
from rudder_mixpanel_cli.raw_export.options import ExportOptions
from rudder_mixpanel_cli.raw_export.project import (
    EXPORT_URLS,
    ExportProject,
    export_project,
    given_secret,
    time_zone,
)
from rudder_mixpanel_cli.raw_export.rows import BrokenExport, read_rows

GZIP: Final = b"\x1f\x8b"

# The name and the properties of an event of Mixpanel
type NamedProperties = tuple[Any, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sides:
    """The options that say where the settings and Mixpanel's events come from."""

    file: Path | None
    destination_id: str | None
    stack: str | None
    stack_is_named: bool
    exports: tuple[Path, ...]
    account: ExportOptions

    @property
    def zone(self) -> tzinfo:
        """The time zone of the export. Raises UsageError for another name."""
        return time_zone(self.account.time_zone)

    def destination(self) -> tuple[Destination, str | None]:
        """The destination, and its id where a stack has one; raises as `preview` does."""
        return read_source(
            self.file, self.stack, self.destination_id, stack_is_named=self.stack_is_named
        )

    def project(self, destination: Destination) -> ExportProject | None:
        """The project to export; None when it is exported already.

        Raises UsageError when the options name none, or do not fit together.
        """
        if self.exports:
            if self.account.service_account or self.account.project_id:
                raise UsageError("expected --export or --service-account, got both")
            return None
        if self.file is None:
            return export_project(DeployedStack(self.stack), self.account)
        return named_project(destination, self.account)

    def events(
        self, project: ExportProject | None, times: tuple[int, int], now: datetime
    ) -> Iterator[NamedProperties]:
        """Mixpanel's events of the days from one time to another.

        Raises CommandError when an export is not whole, UsageError when a file cannot be read.
        """
        if project is None:
            yield from read_exports(self.exports)
            return
        first, last = (day_of(time) for time in times)
        export = RawExport(project, lambda text: typer.echo(text, err=True))
        for event in export.events(first, last, now.date()):
            yield event.name, dict(event.properties)


def named_project(destination: Destination, options: ExportOptions) -> ExportProject:
    """The project of a destination's file, with the service account of the options.

    Raises UsageError when a part is missing.
    """
    project_id = options.project_id or destination.project_id
    if not (options.service_account and project_id):
        raise UsageError(
            "expected --export FILE, or --service-account NAME --project-id ID to export the events"
        )
    regions = {url: region for region, url in INGESTION_URLS.items()}
    url = EXPORT_URLS[regions[destination.ingestion_url]]
    secret = given_secret(options.service_account)
    zone = time_zone(options.time_zone)
    return ExportProject(project_id, url, options.service_account, secret, zone)


def day_of(time: int) -> date:
    """The day of a time in milliseconds since 1970, in UTC."""
    return (EPOCH + time * MILLISECOND).astimezone(UTC).date()


def read_exports(paths: Sequence[Path]) -> Iterator[NamedProperties]:
    """The events in files of a raw export.

    Raises UsageError for a file that cannot be read, CommandError for one that is not whole.
    """
    for path in paths:
        try:
            with path.open("rb") as file:
                is_compressed = file.read(len(GZIP)) == GZIP
                file.seek(0)
                for row in read_rows(chunks_of(file, is_compressed=is_compressed)):
                    yield named_properties(row)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
        except BrokenExport as error:
            raise CommandError(f"{path}: the export is not complete: {error}") from None


def named_properties(row: dict[str, Any]) -> NamedProperties:
    """The name and the properties of a row. Raises BrokenExport for a row without properties."""
    if not isinstance(row["properties"], dict):
        raise BrokenExport("it has a line that is not an event")
    return row["event"], row["properties"]
