"""Inputs are read as they were listed, and over broken connections."""

from dataclasses import dataclass, field
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ResponseStreamingError

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.events_input.inputs import FileInput
from rudder_mixpanel_cli.events_input.s3 import ATTEMPTS, S3Bucket, S3Input
from tests.fakes.sqs.client import client_error

CONTENT = b"0123456789"


class CutBody(BytesIO):
    """A body whose connection breaks at its end."""

    def read(self, size: int | None = -1) -> bytes:
        """What is left, and then an error."""
        if content := super().read(size):
            return content
        raise ResponseStreamingError(error="reset")


@dataclass
class S3:
    """An object in S3, of which each connection brings so many bytes."""

    bytes_each: int
    error: ClientError | None = None
    ranges: list[str] = field(default_factory=list)

    def get_object(self, *, Range: str, **_: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """The object from a byte on; raises ClientError."""
        if self.error:
            raise self.error
        self.ranges.append(Range)
        start = int(Range.removeprefix("bytes=").removesuffix("-"))
        rest = CONTENT[start:]
        is_whole = len(rest) <= self.bytes_each
        return {"Body": BytesIO(rest) if is_whole else CutBody(rest[: self.bytes_each])}


def read(s3: S3) -> bytes:
    """The object's content."""
    item = S3Input(S3Bucket(cast("Any", s3), "bucket", ""), "key", len(CONTENT), "version")
    return BufferedReader(cast("Any", item.open()), 2).read()


def test_an_object_is_read_over_several_connections() -> None:
    """Each goes on where the one before broke."""
    s3 = S3(bytes_each=4)
    assert (read(s3), s3.ranges) == (CONTENT, ["bytes=0-", "bytes=4-", "bytes=8-"])


def test_an_object_whose_connections_bring_nothing_is_given_up() -> None:
    """After a few of them."""
    s3 = S3(bytes_each=0)
    with pytest.raises(ResponseStreamingError):
        read(s3)
    assert s3.ranges == ["bytes=0-"] * ATTEMPTS


@pytest.mark.parametrize("code", ["PreconditionFailed", "NoSuchKey"])
def test_an_object_that_has_changed_is_named(code: str) -> None:
    """Its position in the backfill would mean something else."""
    with pytest.raises(UsageError, match="s3://bucket/key: changed or deleted since"):
        read(S3(10, client_error(code)))


def test_a_file_that_has_grown_is_named(tmp_path: Path) -> None:
    """Between the account and the answer to its question, for instance."""
    file = tmp_path / "events"
    file.write_bytes(CONTENT)
    item = FileInput.of(file)
    file.write_bytes(CONTENT * 2)
    with pytest.raises(UsageError, match="changed since it was listed"):
        item.open()
