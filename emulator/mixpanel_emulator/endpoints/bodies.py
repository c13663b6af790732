"""Decoding of request bodies into records."""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import EXCERPT_BYTES, Exchange, RequestRejected
from mixpanel_emulator.endpoints.responses import import_rejection, unreadable_rejection
from mixpanel_emulator.rules.endpoints import TOKEN_ENDPOINTS

RECORD_LIMIT: Final = 2000
FORM: Final = "application/x-www-form-urlencoded"
FORM_OPTIONS: Final[tuple[str, ...]] = ("ip", "verbose")
NDJSON: Final = "application/x-ndjson"
GZIP_WINDOW_BITS: Final = 31  # zlib's value for "gzip with its header"
INTEGERS_OF_64_BITS: Final = range(-(2**63), 2**64)


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one request; `damaged` when some of their text is not UTF-8."""

    records: list[dict[str, Any]]
    damaged: bool


def read_batch(exchange: Exchange, max_body: int) -> Batch:
    """Decode 1 to 2000 records. Raises RequestRejected when the body does not hold them."""
    content = read_content(exchange, max_body)
    value, damaged = parse_content(exchange, content)
    if isinstance(value, dict):
        if exchange.endpoint == "import" and media_type(exchange) != FORM:
            exchange.add_violation("E17", "one object where an array is documented")
        value = [value]
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise unreadable(exchange)
    check_count(exchange, len(value))
    return Batch(value, damaged)


def read_content(exchange: Exchange, max_body: int) -> bytes:
    """Decompress the body. Raises RequestRejected when it is larger than `max_body`."""
    is_get = exchange.method == "GET"
    content = form_from_query(exchange) if is_get else decompress(exchange, max_body)
    exchange.size, exchange.excerpt = len(content), content[:EXCERPT_BYTES]
    if len(content) > max_body:
        error = messages.TOO_LARGE.format(limit=max_body)
        raise import_rejection("E5", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error)
    return content


def check_count(exchange: Exchange, count: int) -> None:
    """Raise RequestRejected when there are no records, or too many."""
    exchange.records = count
    if not count:
        raise unreadable_rejection(
            exchange, "E17", messages.NO_RECORDS, legacy_error=messages.DATA_MISSING
        )
    if count > RECORD_LIMIT:
        raise unreadable_rejection(exchange, "E16", messages.TOO_MANY_RECORDS)


def form_from_query(exchange: Exchange) -> bytes:
    """Build the form that older clients put into the query."""
    return urlencode({"data": exchange.query.get("data", "")}).encode()


def decompress(exchange: Exchange, limit: int) -> bytes:
    """Decompress the body up to one byte past the limit. Raises RequestRejected when it cannot."""
    encoding = exchange.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return exchange.body
    if exchange.endpoint in {"engage", "groups"}:
        raise import_rejection("E4", HTTPStatus.BAD_REQUEST, messages.COMPRESSED_PROFILES)
    content = decompress_gzip(exchange.body, limit) if encoding == "gzip" else None
    if content is None:
        raise import_rejection("E3", HTTPStatus.BAD_REQUEST, messages.UNKNOWN_ENCODING)
    return content


def decompress_gzip(body: bytes, limit: int) -> bytes | None:
    """Decompress a single gzip stream; None when the body is anything else."""
    stream = zlib.decompressobj(wbits=GZIP_WINDOW_BITS)
    try:
        content = stream.decompress(body, limit + 1)
    except zlib.error:
        return None
    if len(content) <= limit and (not stream.eof or stream.unused_data):
        return None
    return content


def media_type(exchange: Exchange) -> str:
    """Return the content type without its parameters."""
    if exchange.method == "GET":
        return FORM
    return exchange.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_content(exchange: Exchange, content: bytes) -> tuple[Any, bool]:
    """Parse the body, and say whether some of its text is not UTF-8. Raises RequestRejected."""
    content_type = media_type(exchange)
    if content_type == FORM or is_beacon(exchange, content):
        content = read_form(exchange, content)
    elif content_type == NDJSON and exchange.endpoint == "import":
        lines = [parse_json(exchange, line) for line in content.split(b"\n") if line.strip()]
        return [value for value, _ in lines], any(damaged for _, damaged in lines)
    elif content_type != "application/json":
        raise unreadable_rejection(
            exchange, "E6", messages.UNKNOWN_CONTENT_TYPE, legacy_error=messages.DATA_MISSING
        )
    return parse_json(exchange, content)


def is_beacon(exchange: Exchange, content: bytes) -> bool:
    """Whether a page that is being closed sends a form, as Mixpanel's client for browsers does."""
    is_text = media_type(exchange) == "text/plain" and exchange.endpoint in TOKEN_ENDPOINTS
    return is_text and content.startswith(b"data=")


def read_form(exchange: Exchange, content: bytes) -> bytes:
    """Return the JSON in a form's `data`, which may be base64. Raises RequestRejected.

    The form's options count as options of the query.
    """
    try:
        fields = parse_qs(content.decode(), max_num_fields=20)
    except ValueError as error:
        raise unreadable(exchange) from error
    options = {name: fields[name][0] for name in FORM_OPTIONS if name in fields}
    exchange.query = {**options, **exchange.query}
    data = fields.get("data", [""])[0].strip()
    if not data:
        rule = "E42" if exchange.endpoint == "track" else "E18"
        raise unreadable_rejection(exchange, rule, messages.DATA_MISSING)
    return data.encode() if data.startswith(("{", "[")) else decode_base64(exchange, data)


def decode_base64(exchange: Exchange, data: str) -> bytes:
    """Decode a form's base64. Raises RequestRejected when it is something else."""
    try:
        # A form turns an unescaped + into a space.
        return base64.b64decode(data.replace(" ", "+"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable(exchange) from error


def parse_json(exchange: Exchange, content: bytes) -> tuple[Any, bool]:
    """Parse one JSON value, and say whether some of its text is not UTF-8.

    Raises RequestRejected when it is not JSON.
    """
    try:
        return orjson.loads(content), False
    except orjson.JSONDecodeError:
        # On import and track, text that is not UTF-8 costs one event, not the whole batch.
        if exchange.endpoint in {"engage", "groups"}:
            raise unreadable(exchange) from None
    try:
        # The bytes that are not UTF-8 become lone surrogates.
        text = content.decode(errors="surrogateescape")
        return json.loads(text, parse_constant=reject_constant, parse_int=parse_integer), True
    except (ValueError, RecursionError) as error:
        raise unreadable(exchange) from error


def parse_integer(digits: str) -> int | float:
    """Parse an integer as orjson does: a float beyond 64 bits."""
    integer = int(digits)
    return integer if integer in INTEGERS_OF_64_BITS else float(integer)


def reject_constant(name: str) -> None:
    """Raise ValueError for NaN and Infinity, which are not JSON."""
    raise ValueError(name)


def unreadable(exchange: Exchange) -> RequestRejected:
    """Build the rejection of a body that cannot be read."""
    return unreadable_rejection(
        exchange, "E18", messages.UNREADABLE, legacy_error=messages.DATA_MISSING
    )
