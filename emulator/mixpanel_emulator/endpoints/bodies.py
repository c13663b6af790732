"""A request's bytes become records, or the request is refused."""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import orjson

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.answers import import_refused, refused
from mixpanel_emulator.endpoints.visit import EXCERPT, Visit

RECORD_LIMIT: Final = 2000
FORM: Final = "application/x-www-form-urlencoded"
FORM_OPTIONS: Final[tuple[str, ...]] = ("ip", "verbose")
NDJSON: Final = "application/x-ndjson"
GZIP: Final = 31  # zlib's window bits for "gzip, with its header"
SIXTY_FOUR_BITS: Final = range(-(2**63), 2**64)


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one request; `damaged` when some text of them is not UTF-8."""

    records: list[dict[str, Any]]
    damaged: bool


def batch(visit: Visit, max_body: int) -> Batch:
    """The records that came, at least one and at most 2000, or `Refused`."""
    content = from_query(visit) if visit.method == "GET" else decompressed(visit, max_body)
    visit.size, visit.excerpt = len(content), content[:EXCERPT]
    if len(content) > max_body:
        error = say.TOO_LARGE.format(limit=max_body)
        raise import_refused("E5", HTTPStatus.CONTENT_TOO_LARGE, error)
    value, damaged = parsed(visit, content)
    if isinstance(value, dict):
        if visit.endpoint == "import" and media_type(visit) != FORM:
            visit.breaks("E17", "one object where an array is documented")
        value = [value]
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise unreadable(visit)
    visit.records = len(value)
    if not value:
        raise refused(visit, "E17", say.NO_RECORDS, legacy_error=say.DATA_MISSING)
    if len(value) > RECORD_LIMIT:
        raise refused(visit, "E16", say.TOO_MANY_RECORDS)
    return Batch(value, damaged)


def from_query(visit: Visit) -> bytes:
    """The form that older clients put into the query."""
    return urlencode({"data": visit.query.get("data", "")}).encode()


def decompressed(visit: Visit, limit: int) -> bytes:
    """The body as it was before gzip, cut one byte after the limit."""
    encoding = visit.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return visit.body
    if visit.endpoint in {"engage", "groups"}:
        raise import_refused("E4", HTTPStatus.BAD_REQUEST, say.COMPRESSED_PROFILES)
    badly_encoded = import_refused("E3", HTTPStatus.BAD_REQUEST, say.UNKNOWN_ENCODING)
    if encoding != "gzip":
        raise badly_encoded
    stream = zlib.decompressobj(wbits=GZIP)
    try:
        content = stream.decompress(visit.body, limit + 1)
    except zlib.error as error:
        raise badly_encoded from error
    if len(content) <= limit and (not stream.eof or stream.unused_data):
        raise badly_encoded
    return content


def media_type(visit: Visit) -> str:
    """The content type without its parameters."""
    if visit.method == "GET":
        return FORM
    return visit.headers.get("content-type", "").partition(";")[0].strip().lower()


def parsed(visit: Visit, content: bytes) -> tuple[Any, bool]:
    """The body's JSON, and whether some of its text is not UTF-8."""
    kind = media_type(visit)
    if kind == FORM:
        content = form_data(visit, content)
    elif kind == NDJSON and visit.endpoint == "import":
        lines = [loaded(visit, line) for line in content.split(b"\n") if line.strip()]
        return [value for value, _ in lines], any(damaged for _, damaged in lines)
    elif kind != "application/json":
        raise refused(visit, "E6", say.UNKNOWN_CONTENT_TYPE, legacy_error=say.DATA_MISSING)
    return loaded(visit, content)


def form_data(visit: Visit, content: bytes) -> bytes:
    """The JSON in a form's `data`, which may be in base64; its options count as the query's."""
    try:
        fields = parse_qs(content.decode(), max_num_fields=20)
    except ValueError as error:
        raise unreadable(visit) from error
    options = {name: fields[name][0] for name in FORM_OPTIONS if name in fields}
    visit.query = {**options, **visit.query}
    data = fields.get("data", [""])[0].strip()
    if not data:
        raise refused(visit, "E42" if visit.endpoint == "track" else "E18", say.DATA_MISSING)
    if data.startswith(("{", "[")):
        return data.encode()
    try:
        # A form turns the + of base64 into a space when nobody escaped it.
        return base64.b64decode(data.replace(" ", "+"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable(visit) from error


def loaded(visit: Visit, content: bytes) -> tuple[Any, bool]:
    """One JSON value, and whether some of its text is not UTF-8."""
    try:
        return orjson.loads(content), False
    except orjson.JSONDecodeError:
        # Text that is not UTF-8 costs one event, not the batch: read it with the bad bytes marked.
        if visit.endpoint in {"engage", "groups"}:
            raise unreadable(visit) from None
    try:
        text = content.decode(errors="surrogateescape")
        return json.loads(text, parse_constant=no_constant, parse_int=number), True
    except (ValueError, RecursionError) as error:
        raise unreadable(visit) from error


def number(digits: str) -> int | float:
    """A whole number as orjson reads it: a float beyond 64 bits."""
    whole = int(digits)
    return whole if whole in SIXTY_FOUR_BITS else float(whole)


def no_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(name)


def unreadable(visit: Visit) -> Exception:
    """The body as a whole cannot be read."""
    return refused(visit, "E18", say.UNREADABLE, legacy_error=say.DATA_MISSING)
