"""Addresses of objects in S3.

They have a module of their own, so that whoever reads files does not wait for the AWS SDK of s3.py.
"""

from typing import Final, NamedTuple

from rudder_mixpanel_cli.errors import UsageError

S3_SCHEME: Final = "s3://"


class S3Address(NamedTuple):
    """A bucket, and a key or the prefix of keys."""

    bucket: str
    key: str

    def __str__(self) -> str:
        """The address as it is written."""
        return f"{S3_SCHEME}{self.bucket}/{self.key}"

    @classmethod
    def of(cls, address: str) -> "S3Address":
        """What an address names. Raises UsageError when it names no bucket."""
        bucket, _, key = address.removeprefix(S3_SCHEME).partition("/")
        if not bucket:
            raise UsageError(f"{address}: expected s3://BUCKET/PREFIX")
        return cls(bucket, key)
