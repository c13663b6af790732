"""The inputs that paths name: files, the files in folders, and objects in S3, opened as bytes."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from rudder_mixpanel.envelopes.compression import GZIP
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.events_input.s3_address import S3_SCHEME

# More are listed in a checkpoint of tens of megabytes: several backfills are better.
MOST_INPUTS: Final = 100_000


class Input(Protocol):
    """Something that holds events; its identity changes when its content does."""

    @property
    def name(self) -> str:
        """The name in messages."""
        ...

    @property
    def size(self) -> int:
        """The number of bytes."""
        ...

    @property
    def version(self) -> str:
        """What changes with the content."""
        ...

    def open(self) -> BinaryIO:
        """The bytes; raises UsageError when they cannot be read, or have changed."""
        ...


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file, by its size and the time of its last change."""

    path: Path
    size: int
    version: str

    @classmethod
    def of(cls, path: Path) -> "FileInput":
        """Look at a file. Raises UsageError when that is not possible."""
        try:
            status = path.stat()
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
        return cls(path, status.st_size, str(status.st_mtime_ns))

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def open(self) -> BinaryIO:
        """Open the file. Raises UsageError when that is not possible, or the file has changed."""
        if FileInput.of(self.path) != self:
            raise UsageError(f"{self.path}: changed since it was listed")
        try:
            return self.path.open("rb")
        except OSError as error:
            raise UsageError(f"{self.path}: {error.strerror}") from None


def find_inputs(paths: Sequence[str], ignored: Path | None = None) -> list[Input]:
    """The inputs that paths name, in order: of a folder all files, of a prefix all objects.

    Hidden files and the `ignored` one, which is the checkpoint, are not read. Raises UsageError
    for a path that does not exist, and when there are none or too many.
    """
    inputs: list[Input] = []
    for item in all_inputs(paths, ignored.resolve() if ignored else None):
        inputs.append(item)
        if len(inputs) > MOST_INPUTS:
            raise UsageError(f"expected at most {MOST_INPUTS:,} files: backfill a folder at a time")
    if not any(item.size for item in inputs):
        raise UsageError(f"{', '.join(paths)}: no file with events")
    return inputs


def all_inputs(paths: Iterable[str], ignored: Path | None = None) -> Iterator[Input]:
    """The inputs, one path after the other."""
    for path in paths:
        if path.startswith(S3_SCHEME):
            # Only who reads S3 waits for the SDK to load.
            from rudder_mixpanel_cli.events_input.s3 import S3Bucket  # noqa: PLC0415

            yield from S3Bucket.of(path).objects()
        elif (folder := Path(path)).is_dir():
            files = (file for file in folder.rglob("*") if not is_hidden(file, folder))
            yield from (FileInput.of(file) for file in sorted(files) if file.resolve() != ignored)
        else:
            yield FileInput.of(folder)


def is_hidden(file: Path, folder: Path) -> bool:
    """Whether a path in a folder is not a file to read."""
    return not file.is_file() or any(p.startswith(".") for p in file.relative_to(folder).parts)


@contextmanager
def opened(item: Input) -> Iterator[BinaryIO]:
    """The decompressed bytes of an input. Raises UsageError when its gzip is damaged."""
    with item.open() as raw:
        buffered = BufferedReader(cast("BufferedReader", raw)) if not hasattr(raw, "peek") else raw
        source = cast("BufferedReader", buffered)
        if not source.peek(len(GZIP)).startswith(GZIP):
            yield source
            return
        try:
            yield cast("BinaryIO", gzip.GzipFile(fileobj=source))
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise UsageError(f"{item.name}: the gzip is damaged, or not complete") from None
