"""Exports the events of some days from Mixpanel, one after the other."""

import gzip
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.raw_export.days import DayRange, requested_days
from rudder_mixpanel_cli.raw_export.download import Downloader, export_http_client
from rudder_mixpanel_cli.raw_export.exported_event import ExportedEvent, NotAnEvent
from rudder_mixpanel_cli.raw_export.project import ExportProject
from rudder_mixpanel_cli.raw_export.rows import BrokenExport, read_rows

CHUNK: Final = 65_536
# How often the progress is told, in events.
PROGRESS_STEP: Final = 10_000


@dataclass(frozen=True, slots=True)
class RawExport:
    """The raw export of a project.

    A request is downloaded as a whole before its events are read, so that a request that fails can
    be repeated. The file has no name, and is gone when the process ends. `notify` is told what the
    user must know, and `progress` what is being done.
    """

    project: ExportProject
    notify: Callable[[str], None]
    progress: Callable[[str], None] = lambda _text: None
    sleep: Callable[[float], None] = time.sleep

    def events(self, first: date, last: date, today: date) -> Iterator[ExportedEvent]:
        """All events of some days, and more: those of the days around them. In no order.

        Raises CommandError when the export is not whole: what was read before it is not, either.
        """
        with (
            export_http_client(self.project.url) as http,
            tempfile.TemporaryFile() as file,
        ):
            downloader = Downloader(self.project, http, self.notify, self.sleep)
            for days in requested_days(first, last, today):
                self.progress(f"exporting {days} from Mixpanel")
                is_compressed = downloader.download(days, file, today)
                yield from self.read(days, file, is_compressed=is_compressed)

    def read(
        self, days: DayRange, file: BinaryIO, *, is_compressed: bool
    ) -> Iterator[ExportedEvent]:
        """The events of a downloaded request. Raises CommandError when it is not whole."""
        file.seek(0)
        count = 0
        try:
            for row in read_rows(chunks_of(file, is_compressed=is_compressed)):
                event = ExportedEvent.of(row, self.project.zone)
                count += 1
                if count % PROGRESS_STEP == 0:
                    self.progress(f"{count:,} events of {days} read")
                yield event
        except (BrokenExport, NotAnEvent) as error:
            raise CommandError(
                f"Mixpanel's export of {days} is not complete: {error}, after {count:,} events. "
                "Nothing can be concluded from it; run the command again, for fewer days if this "
                "is repeated"
            ) from None


def chunks_of(file: BinaryIO, *, is_compressed: bool) -> Iterator[bytes]:
    """The content of a file in parts. Raises BrokenExport when it was compressed, and is cut."""
    source = gzip.GzipFile(fileobj=file) if is_compressed else file
    try:
        while chunk := source.read(CHUNK):
            yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise BrokenExport("the connection was cut") from None
