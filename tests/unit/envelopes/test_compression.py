"""Decompression is limited in bytes and in work, whatever is in the gzip."""

import gzip
import zlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.envelopes import Unreadable, compression, encode_json, read_events
from rudder_mixpanel.envelopes.compression import (
    MAX_CONTAINERS,
    MAX_MEMBERS,
    Decompressor,
    GzipLimitExceeded,
    InvalidGzip,
)
from rudder_mixpanel.envelopes.record import EVENTS_OF_A_RECORD
from rudder_mixpanel.receiving.requests import read_request
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse
from tests.build import track
from tests.unit.wrapping import in_gzip

EMPTY_MEMBER = gzip.compress(b"")


def packed(content: bytes) -> dict[str, Any]:
    """The envelope of a compressed request."""
    return {"body": b64encode(content).decode(), "isBase64Encoded": True}


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An element for each stream that is decompressed."""
    started: list[int] = []

    class CountedZlib:
        error = zlib.error

        @staticmethod
        def decompressobj(wbits: int) -> Any:
            stream = zlib.decompressobj(wbits)
            started.append(wbits)
            return stream

    monkeypatch.setattr(compression, "zlib", CountedZlib)
    return started


@given(st.lists(st.binary(), min_size=1, max_size=MAX_MEMBERS), st.integers(0, 3))
def test_members_are_joined(contents: list[bytes], padding: int) -> None:
    """As gzip does it, with the zeros that pad a member."""
    members = b"".join(gzip.compress(content) + b"\0" * padding for content in contents)
    assert Decompressor(10_000).decompress(members) == b"".join(contents)


@given(st.binary(min_size=1), st.data())
def test_part_of_a_member_is_invalid(content: bytes, data: st.DataObject) -> None:
    """Its end is missing, and with it the checksum."""
    member = gzip.compress(content)
    cut = data.draw(st.integers(1, len(member) - 1))
    with pytest.raises(InvalidGzip):
        Decompressor(10_000).decompress(member[:cut])


@pytest.mark.parametrize("after", [b"x", b"\0\0x", b"\x1f\x8b"])
def test_anything_else_after_a_member_is_invalid(after: bytes) -> None:
    """Only further members may follow."""
    with pytest.raises(InvalidGzip):
        Decompressor(10_000).decompress(EMPTY_MEMBER + after)


@pytest.mark.parametrize(
    ("contents", "most_bytes"),
    [([b"four"], 3), ([b"four", b"four"], 7), ([b"four", b"x" * 1_000_000], 4)],
)
def test_content_over_the_limit_is_not_returned(contents: list[bytes], most_bytes: int) -> None:
    """The limit is of all members together."""
    with pytest.raises(GzipLimitExceeded):
        Decompressor(most_bytes).decompress(b"".join(map(gzip.compress, contents)))


def test_content_of_exactly_the_limit_is_returned() -> None:
    """The limit itself is allowed."""
    assert Decompressor(4).decompress(gzip.compress(b"four")) == b"four"


def test_bodies_after_an_exceeded_limit_are_not_decompressed(streams: list[int]) -> None:
    """The parts of one body share its limit."""
    decompressor = Decompressor(3, members_left=100)
    for _ in range(10):
        with pytest.raises(GzipLimitExceeded):
            decompressor.decompress(gzip.compress(b"four"))
    assert len(streams) == 1


def read_record(content: bytes) -> object:
    """Read gzip as a record of the queue."""
    return read_events(encode_json(packed(content)))


def read_sdk_request(content: bytes) -> object:
    """Read gzip as a request of an SDK."""
    with pytest.raises(GatewayError) as raised:
        read_request("batch", content, "gzip")
    return raised.value.response is GatewayResponse.BODY_TOO_LARGE


@pytest.mark.parametrize("read", [read_record, read_sdk_request])
def test_many_empty_members_are_not_decompressed(
    read: Callable[[bytes], object], streams: list[int]
) -> None:
    """They cost work without any size, and nobody sends them."""
    assert read(EMPTY_MEMBER * 35_000)
    assert len(streams) == MAX_MEMBERS


@pytest.mark.parametrize(
    "part",
    [EMPTY_MEMBER, gzip.compress(b"[]"), EMPTY_MEMBER * 7],
    ids=["empty", "an empty list", "seven members"],
)
def test_members_of_many_parts_share_a_limit(part: bytes, streams: list[int]) -> None:
    """A record of small parts costs no more than one with as many events as are allowed."""
    read_events(encode_json([packed(part)] * 19_000))
    assert len(streams) <= EVENTS_OF_A_RECORD + 1


def test_gzip_in_gzip_is_decompressed_once(streams: list[int]) -> None:
    """Each layer costs its own member, and the layers are limited as envelopes are."""
    content: Any = track()
    for _ in range(8):
        content = {"body": in_gzip(content), "isBase64Encoded": True}
    assert (read_events(encode_json(content)), len(streams)) == ([track()], 8)


def test_compressed_arrays_of_nothing_are_not_decoded() -> None:
    """In memory they would take twenty times their size."""
    noise = "".join(map(str, range(60_000)))
    content = f'["{noise}"{",[]" * MAX_CONTAINERS}]'.encode()
    (item,) = read_events(encode_json(packed(gzip.compress(content))))
    assert isinstance(item, Unreadable)
    assert item.why == "the decompressed part has too many arrays and objects"


def test_sdk_request_of_empty_arrays_is_not_decoded() -> None:
    """In memory they would take twenty times their size."""
    with pytest.raises(GatewayError) as raised:
        read_request("batch", b'{"batch":[%s0]}' % (b"[]," * MAX_CONTAINERS))
    assert raised.value.response is GatewayResponse.BODY_TOO_LARGE
