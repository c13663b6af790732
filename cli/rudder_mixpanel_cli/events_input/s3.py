"""Objects in S3 as inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import boto3
from botocore.exceptions import ClientError

from rudder_mixpanel_cli.errors import UsageError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCHEME: Final = "s3://"
CHANGED: Final = "PreconditionFailed"


def is_s3_address(path: str) -> bool:
    """Whether a path names objects in S3."""
    return path.startswith(SCHEME)


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """A bucket, and the prefix of the objects that are read."""

    client: "S3Client"
    name: str
    prefix: str

    @classmethod
    def of(cls, address: str) -> "S3Bucket":
        """The bucket of an address. Raises UsageError when it names none."""
        name, _, prefix = address.removeprefix(SCHEME).partition("/")
        if not name:
            raise UsageError(f"{address}: expected s3://BUCKET/PREFIX")
        return cls(boto3.client("s3"), name, prefix)

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
        return f"{SCHEME}{self.bucket.name}/{self.key}"

    def open(self) -> BinaryIO:
        """Read the object as it was listed. Raises UsageError when it has changed since."""
        try:
            response = self.bucket.client.get_object(
                Bucket=self.bucket.name, Key=self.key, IfMatch=self.version
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != CHANGED:
                raise
            raise UsageError(f"{self.name}: changed since it was listed") from None
        return cast("BinaryIO", ObjectBytes(response["Body"]))


class ObjectBytes(RawIOBase):
    """The bytes of an object as they arrive, for a buffered reader."""

    def __init__(self, body: Any) -> None:
        self.body = body

    def readable(self) -> bool:
        """They can only be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes."""
        content = self.body.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """End the connection."""
        self.body.close()
        super().close()
