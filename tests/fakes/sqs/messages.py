"""What SQS takes as a message, and what it refuses."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Final

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MEBIBYTE: Final = 1_048_576
MOST_ATTRIBUTES: Final = 10
LONGEST_NAME: Final = 256
LONGEST_DELAY: Final = 900  # seconds
# https://www.w3.org/TR/REC-xml/#charsets
ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAME: Final = re.compile(r"(?!aws\.|amazon\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
TYPE: Final = re.compile(r"(String|Number|Binary)(\..+)?")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)

type Attributes = dict[str, dict[str, Any]]


class Refusal(Exception):
    """SQS does not do what was asked, and says why under a code."""

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
    # The number of its present place in the row; places with another number are void.
    place: int = 0


def check_message(body: str, attributes: Attributes, longest: int) -> None:
    """Refuse what SQS refuses in a message of its own or in an entry of a batch."""
    if not body:
        raise Refusal("MissingParameter", "The request must contain the parameter MessageBody.")
    check_characters(body)
    if len(attributes) > MOST_ATTRIBUTES:
        raise invalid(f"Number of message attributes [{len(attributes)}] exceeds the allowed 10.")
    for name, value in attributes.items():
        check_attribute(name, value)
    if weight(body, attributes) > longest:
        raise invalid(f"One or more parameters are invalid: must be shorter than {longest} bytes.")


def check_attribute(name: str, value: dict[str, Any]) -> None:
    """Refuse an attribute that has a wrong name, no known type, or no value."""
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise invalid(f"The message attribute name {name!r} is not legal.")
    data_type = value.get("DataType", "")
    if len(data_type) > LONGEST_NAME or not TYPE.fullmatch(data_type):
        raise invalid(f"The message attribute {name!r} has an invalid type.")
    kind = data_type.partition(".")[0]
    wanted = "BinaryValue" if kind == "Binary" else "StringValue"
    if not value.get(wanted) or value.keys() - {"DataType", wanted}:
        raise invalid(f"The message attribute {name!r} must contain a non-empty {wanted}.")
    if kind != "Binary":
        check_characters(value["StringValue"])
    if kind == "Number" and not NUMBER.fullmatch(value["StringValue"]):
        raise invalid(f"The message attribute {name!r} is no number.")


def check_characters(text: str) -> None:
    """Refuse text that XML cannot hold."""
    if found := ILLEGAL.search(text):
        place = f"#x{ord(found[0]):X}"
        raise Refusal("InvalidMessageContents", f"Invalid character {place} was found.")


def check_delay(seconds: int) -> None:
    """Refuse a delay of more than a quarter of an hour."""
    if not 0 <= seconds <= LONGEST_DELAY:
        raise invalid(f"Value {seconds} for parameter DelaySeconds is invalid.")


def weight(body: str, attributes: Attributes) -> int:
    """Bytes that SQS counts: body, and name, type and value of each attribute."""
    told = sum(
        len(name.encode()) + len(one["DataType"].encode()) + len(value_of(one))
        for name, one in attributes.items()
    )
    return len(body.encode()) + told


def value_of(attribute: dict[str, Any]) -> bytes:
    """An attribute's value as bytes."""
    if "StringValue" in attribute:
        return str(attribute["StringValue"]).encode()
    try:
        return base64.b64decode(attribute["BinaryValue"], validate=True)
    except binascii.Error:
        raise invalid("BinaryValue must be base64.") from None


def invalid(message: str) -> Refusal:
    """The refusal of a value."""
    return Refusal("InvalidParameterValue", message)
