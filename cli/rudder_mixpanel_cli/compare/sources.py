"""Where a comparison gets the settings of the destination, and Mixpanel's events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import Any, Final, Protocol

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
from rudder_mixpanel_cli.times import current_time

GZIP: Final = b"\x1f\x8b"

# Of more, the user is told: a phone that was offline for a year makes a day of events a year.
MANY_DAYS: Final = 7

# The name and the properties of an event of Mixpanel
type NamedProperties = tuple[Any, dict[str, Any]]


class ExportedSource(Protocol):
    """Has the events of an export."""

    def events(
        self, times: tuple[int, int], progress: Callable[[str], None]
    ) -> Iterator[NamedProperties]:
        """Mixpanel's events from one time to another, and perhaps more, in no order.

        Raises CommandError when they are not all, UsageError when they cannot be read.
        """


@dataclass(frozen=True, slots=True)
class ExportedFiles:
    """Files of a raw export that was downloaded."""

    paths: tuple[Path, ...]

    def events(
        self, _times: tuple[int, int], progress: Callable[[str], None]
    ) -> Iterator[NamedProperties]:
        """All events in the files; raises as ExportedSource says."""
        for path in self.paths:
            progress(f"reading {path}")
            try:
                yield from events_of_file(path)
            except OSError as error:
                raise UsageError(f"{path}: {error.strerror}") from None
            except BrokenExport as error:
                raise CommandError(f"{path}: the export is not complete: {error}") from None


@dataclass(frozen=True, slots=True)
class ExportedProject:
    """The raw export of a project."""

    project: ExportProject

    def events(
        self, times: tuple[int, int], progress: Callable[[str], None]
    ) -> Iterator[NamedProperties]:
        """The events of the days of these times; raises as ExportedSource says."""
        first, last = map(day_of, times)
        today = current_time().date()
        if (count := (last - first).days + 1) > MANY_DAYS:
            warn(
                f"The events are from {first} to {last}, and so Mixpanel is asked for {count:,} "
                "days. Leave out single old events if that takes long."
            )
        for event in RawExport(self.project, warn, progress).events(first, last, today):
            yield event.name, dict(event.properties)


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

    def exported(self, destination: Destination) -> ExportedSource:
        """Where Mixpanel's events are.

        Raises UsageError when the options do not say that, or do not fit together, CommandError
        when AWS fails.
        """
        if not self.exports:
            if self.file is None:
                return ExportedProject(export_project(DeployedStack(self.stack), self.account))
            return ExportedProject(named_project(destination, self.account))
        if self.account.service_account or self.account.project_id:
            raise UsageError("expected --export or --service-account and --project-id, got both")
        return ExportedFiles(self.exports)


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


def events_of_file(path: Path) -> Iterator[NamedProperties]:
    """The events in a file, which may be compressed. Raises OSError and BrokenExport."""
    with path.open("rb") as file:
        is_compressed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        for row in read_rows(chunks_of(file, is_compressed=is_compressed)):
            if not isinstance(row["properties"], dict):
                raise BrokenExport("it has a line that is not an event")
            yield row["event"], row["properties"]


def warn(text: str) -> None:
    """Tell the user something at once."""
    typer.echo(text, err=True)
