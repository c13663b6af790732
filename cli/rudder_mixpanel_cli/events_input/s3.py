"""Objects in S3 as inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import boto3
from botocore.exceptions import (
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.events_input.s3_address import S3Address

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHANGED: Final = frozenset({"PreconditionFailed", "NoSuchKey"})
# A connection can break after hours: a backfill pauses while the queue has enough.
BROKEN: Final = (ReadTimeoutError, ResponseStreamingError, IncompleteReadError)
# Connections in a row that bring nothing
ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """A bucket, and the prefix of the objects that are read."""

    client: "S3Client"
    name: str
    prefix: str

    @classmethod
    def of(cls, address: str) -> "S3Bucket":
        """The bucket of an address. Raises UsageError when it names none."""
        return cls(boto3.client("s3"), *S3Address.of(address))

    def objects(self) -> Iterator["S3Input"]:
        """The objects whose keys begin with the prefix, in the order of their keys."""
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.name, Prefix=self.prefix):
            for item in page.get("Contents", []):
                yield S3Input(self, item["Key"], item["Size"], item["ETag"])


@dataclass(frozen=True, slots=True)
class S3Input:
    """An object, by its size and its entity tag."""

    bucket: S3Bucket
    key: str
    size: int
    version: str

    @property
    def name(self) -> str:
        """The address of the object."""
        return str(S3Address(self.bucket.name, self.key))

    def open(self) -> BinaryIO:
        """Read the object as it was listed. Raises UsageError when it has changed since."""
        return cast("BinaryIO", ObjectBytes(self, self.bytes_from(0)))

    def bytes_from(self, start: int) -> Any:
        """The body from a byte on. Raises UsageError when the object has changed since."""
        try:
            response = self.bucket.client.get_object(
                Bucket=self.bucket.name,
                Key=self.key,
                IfMatch=self.version,
                Range=f"bytes={start}-",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in CHANGED:
                raise
            raise UsageError(f"{self.name}: changed or deleted since it was listed") from None
        return response["Body"]


class ObjectBytes(RawIOBase):
    """The bytes of an object as they arrive, for a buffered reader; over several connections."""

    def __init__(self, item: S3Input, body: Any) -> None:
        self.item = item
        self.body = body
        self.position = 0

    def readable(self) -> bool:
        """They can only be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes. Raises BotoCoreError when each connection breaks."""
        content = self.read_next(len(buffer))
        buffer[: len(content)] = content
        self.position += len(content)
        return len(content)

    def read_next(self, size: int) -> bytes:
        """At most so many bytes, over a new connection if this one breaks."""
        for _ in range(ATTEMPTS - 1):
            try:
                return bytes(self.body.read(size))
            except BROKEN:
                self.body.close()
                self.body = self.item.bytes_from(self.position)
        return bytes(self.body.read(size))

    def close(self) -> None:
        """End the connection."""
        self.body.close()
        super().close()
