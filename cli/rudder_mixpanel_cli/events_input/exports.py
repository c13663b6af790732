"""The bodies in an array of them, or in an export of messages of a queue."""

from collections.abc import Iterator
from typing import Any

from rudder_mixpanel.envelopes import decode_json, encode_json
from rudder_mixpanel.errors import RejectedEvent


def split_export(value: bytes) -> Iterator[bytes]:
    """The bodies in an array or in an export of messages; any other value as it is.

    An export is what `aws sqs receive-message` prints, or `rudder-mixpanel rejected show --body`.
    """
    for element in split_array(value):
        if b'"Body"' not in element and b'"firstSentAt"' not in element:
            yield element
            continue
        try:
            content: Any = decode_json(element.decode())
        except (UnicodeDecodeError, RejectedEvent):
            content = None
        match content:
            case {"Messages": [*messages]} if all(map(is_message, messages)):
                yield from (message["Body"].encode() for message in messages)
            case {"Body": str(body), "ReceiptHandle": str()}:
                yield body.encode()
            case {"firstSentAt": str(), "bytes": int(), "body": body}:
                yield body.encode() if isinstance(body, str) else encode_json(body).encode()
            case _:
                yield element


def is_message(message: Any) -> bool:
    """Whether this is a message as SQS returns it."""
    return isinstance(message, dict) and isinstance(message.get("Body"), str)


def split_array(value: bytes) -> Iterator[bytes]:
    """The elements of an array, each as JSON; any other value as it is."""
    if not value.startswith(b"["):
        yield value
        return
    try:
        elements: Any = decode_json(value.decode())
    except (UnicodeDecodeError, RejectedEvent):
        yield value
        return
    for element in elements:
        yield encode_json(element).encode()
