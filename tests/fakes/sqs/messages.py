"""The rules of SQS for a message: its characters, its attributes and its size."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Final

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MEBIBYTE: Final = 1_048_576
MAX_ATTRIBUTES: Final = 10
MAX_NAME_LENGTH: Final = 256
MAX_DELAY: Final = 900  # seconds
# https://www.w3.org/TR/REC-xml/#charsets
ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAME: Final = re.compile(r"(?!aws\.|amazon\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
TYPE: Final = re.compile(r"(String|Number|Binary)(\..+)?")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)

type Attributes = dict[str, dict[str, Any]]


class SqsError(Exception):
    """An error response of SQS, with its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True, eq=False)
class Message:
    """A message in a queue; times are in milliseconds since 1970."""

    id: str
    body: str
    attributes: Attributes
    sent_at: int
    visible_at: int = 0
    receives: int = 0
    first_received_at: int = 0
    received_at: int = 0
    # The number of its current place in the queue; places with other numbers are void.
    place: int = 0


def check_message(body: str, attributes: Attributes, max_bytes: int) -> None:
    """Raise SqsError for a message that SQS rejects, alone or in a batch."""
    if not body:
        raise SqsError("MissingParameter", "The request must contain the parameter MessageBody.")
    check_characters(body)
    if len(attributes) > MAX_ATTRIBUTES:
        raise invalid(f"Number of message attributes [{len(attributes)}] exceeds the allowed 10.")
    for name, value in attributes.items():
        check_attribute(name, value)
    if weight(body, attributes) > max_bytes:
        raise invalid(
            f"One or more parameters are invalid: must be shorter than {max_bytes} bytes."
        )


def check_attribute(name: str, value: dict[str, Any]) -> None:
    """Raise SqsError for an attribute with a wrong name, an unknown type or no value."""
    if len(name) > MAX_NAME_LENGTH or not NAME.fullmatch(name):
        raise invalid(f"The message attribute name {name!r} is not legal.")
    data_type = value.get("DataType", "")
    if len(data_type) > MAX_NAME_LENGTH or not TYPE.fullmatch(data_type):
        raise invalid(f"The message attribute {name!r} has an invalid type.")
    base_type = data_type.partition(".")[0]
    field = "BinaryValue" if base_type == "Binary" else "StringValue"
    if not value.get(field) or value.keys() - {"DataType", field}:
        raise invalid(f"The message attribute {name!r} must contain a non-empty {field}.")
    if base_type != "Binary":
        check_characters(value["StringValue"])
    if base_type == "Number" and not NUMBER.fullmatch(value["StringValue"]):
        raise invalid(f"The message attribute {name!r} is not a number.")


def check_characters(text: str) -> None:
    """Raise SqsError for text with characters that XML does not allow."""
    if match := ILLEGAL.search(text):
        character = f"#x{ord(match[0]):X}"
        raise SqsError("InvalidMessageContents", f"Invalid character {character} was found.")


def check_delay(seconds: int) -> None:
    """Raise SqsError for a delay of more than 15 minutes."""
    if not 0 <= seconds <= MAX_DELAY:
        raise invalid(f"Value {seconds} for parameter DelaySeconds is invalid.")


def weight(body: str, attributes: Attributes) -> int:
    """The bytes that SQS counts: the body, and name, type and value of each attribute."""
    attribute_bytes = sum(
        len(name.encode()) + len(attribute["DataType"].encode()) + len(value_of(attribute))
        for name, attribute in attributes.items()
    )
    return len(body.encode()) + attribute_bytes


def value_of(attribute: dict[str, Any]) -> bytes:
    """The value of an attribute as bytes; raises SqsError when it is not base64."""
    if "StringValue" in attribute:
        return str(attribute["StringValue"]).encode()
    try:
        return base64.b64decode(attribute["BinaryValue"], validate=True)
    except binascii.Error:
        raise invalid("BinaryValue must be base64.") from None


def invalid(message: str) -> SqsError:
    """The error for an invalid value."""
    return SqsError("InvalidParameterValue", message)
