"""Reads and checks the requests of the regulations API, and defines its errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from unicodedata import category

import orjson

from rudder_mixpanel.documented import Documented
from rudder_mixpanel.envelopes import decode_json
from rudder_mixpanel.errors import DeliveryError, RejectedEvent
from rudder_mixpanel.message.identity import id_as_text, usable_id
from rudder_mixpanel.regulations.model import RegulationState, RegulationType

MOST_BYTES: Final = 1_048_576
MOST_USERS: Final = 10_000
# Limits for one user, so that each fits into a chunk.
MOST_ATTRIBUTES: Final = 20
LONGEST_TEXT: Final = 500
MOST_IDS: Final = 100
LONGEST_ID: Final = 100
LONGEST_REFERENCE: Final = 100
# Characters that a reference must not have: controls, half characters, ends of lines.
UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Lambda responds with 6 MB at most; a regulation takes this much besides its user and its ids.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
RESPONSE_BYTES: Final = 6_000_000
REGULATION_BYTES: Final = 450


class ErrorCode(Documented):
    """Every error code of the API."""

    UNAUTHORIZED = ("UNAUTHORIZED", "The token is missing, wrong or expired.")
    FORBIDDEN = ("FORBIDDEN", "The token lacks the scope that the message names.")
    NOT_JSON = ("NOT_JSON", "The body is not JSON, or not JSON of the expected type.")
    INVALID_FIELD = (
        "INVALID_FIELD",
        "The field is missing or invalid; the message says what is expected.",
    )
    WRONG_DESTINATION = (
        "WRONG_DESTINATION",
        "destinationIds does not include the destination that this stack serves.",
    )
    TOO_LARGE = ("TOO_LARGE", "The body is over 1 MiB. Send the users in several requests.")
    TOO_MANY_USERS = (
        "TOO_MANY_USERS",
        "More than 10,000 users, or than the number in the message. Send several requests.",
    )
    NOT_FOUND = ("NOT_FOUND", "There is no such path, or no regulation with this id.")
    NOT_ALLOWED = ("NOT_ALLOWED", "The gateway does not accept this request.")
    STILL_ACCEPTING = (
        "STILL_ACCEPTING",
        "The regulation is still being accepted. Cancel it in a few minutes.",
    )
    THROTTLED = ("THROTTLED", "Too many requests at once. Retry in a moment.")
    NOT_CONFIGURED = (
        "NOT_CONFIGURED",
        "Settings or secrets of the stack are missing or invalid. The log says which.",
    )
    UNAVAILABLE = (
        "UNAVAILABLE",
        "A table did not respond. Send the same request again: it creates no second regulation.",
    )
    NOT_ACCEPTED_YET = (
        "NOT_ACCEPTED_YET",
        "The tables limit the rate of writes. Send the same request again: it goes on from there.",
    )
    INTERNAL_ERROR = ("INTERNAL_ERROR", "Our own code failed. The log says where.")


class RequestError(DeliveryError):
    """The request is rejected; `field` names the invalid field, and no value is repeated.

    `retry_after` is the number of seconds after which the same request helps, 0 if it does not.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: ErrorCode,
        message: str = "",
        field: str = "",
        retry_after: int = 0,
    ) -> None:
        super().__init__(f"{code}: {message or code.explanation}")
        self.status = status
        self.code = code
        self.message = message or code.explanation
        self.field = field
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the error response."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}

    @property
    def body(self) -> dict[str, str]:
        """The body of the error response."""
        fields = {"code": str(self.code), "message": self.message, "field": self.field}
        return {name: text for name, text in fields.items() if text}


@dataclass(frozen=True, slots=True)
class RegulationRequest:
    """A request for regulations, one for each of its users."""

    type: RegulationType
    source_ids: list[str]
    destination_ids: list[str]
    users: list[dict[str, str]]
    reference: str = ""


def invalid_field(field: str, message: str) -> RequestError:
    """The error for an invalid field."""
    return RequestError(HTTPStatus.BAD_REQUEST, ErrorCode.INVALID_FIELD, message, field)


def json_body(body: str | bytes | None) -> Any:
    """Parse a body; raises RequestError when it is too large or not JSON."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b""
    if len(raw) > MOST_BYTES:
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_LARGE)
    try:
        # As events are decoded, so that an id is spelled alike here and there.
        return decode_json(raw.decode())
    except (UnicodeDecodeError, RejectedEvent):
        raise RequestError(HTTPStatus.BAD_REQUEST, ErrorCode.NOT_JSON) from None


def json_object(body: str | bytes | None) -> dict[str, Any]:
    """Parse a body that must be an object; raises RequestError when it is not."""
    value = json_body(body)
    if not isinstance(value, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, ErrorCode.NOT_JSON, "expected an object")
    return value


def read_regulation_request(body: str | bytes | None, destination_id: str) -> RegulationRequest:
    """Read a request for regulations, as RudderStack's API defines it; raises RequestError."""
    fields = json_object(body)
    regulation_type = read_name(fields, "regulationType", RegulationType)
    if regulation_type is None:
        raise invalid_field("regulationType", f"expected one of {', '.join(RegulationType)}")
    sources, destinations = read_ids(fields, "sourceIds"), read_ids(fields, "destinationIds")
    check_scope(regulation_type, sources, destinations, destination_id)
    users = read_users(fields.get("users"), "users")
    reference = read_reference(fields) or ""
    request = RegulationRequest(regulation_type, sources, destinations, users, reference)
    check_response_size(request)
    return request


def check_scope(
    regulation_type: RegulationType,
    sources: list[str],
    destinations: list[str],
    destination_id: str,
) -> None:
    """Raise RequestError when sources or destinations do not fit the type of the regulation."""
    if sources and destinations:
        raise invalid_field("sourceIds", "expected sourceIds or destinationIds, got both")
    if regulation_type is RegulationType.SUPPRESS:
        if destinations:
            raise invalid_field("destinationIds", "expected only with suppress_with_delete")
        return
    if sources:
        raise invalid_field("sourceIds", "expected only with suppress")
    if not destinations:
        raise invalid_field("destinationIds", "expected at least one id")
    if destination_id not in destinations:
        code = ErrorCode.WRONG_DESTINATION
        raise RequestError(HTTPStatus.BAD_REQUEST, code, field="destinationIds")


def check_response_size(request: RegulationRequest) -> None:
    """Raise RequestError when the response with all regulations would be too large for Lambda.

    The response repeats the ids twice for each user, and Lambda hands it to the gateway as a JSON
    string.
    """
    ids = 2 * (quoted_size(request.source_ids) + quoted_size(request.destination_ids))
    each = REGULATION_BYTES + ids + quoted_size(request.reference)
    size = len(request.users) * each + quoted_size(request.users)
    if size > RESPONSE_BYTES:
        limit = len(request.users) * RESPONSE_BYTES // size
        message = f"the response would be too large: expected at most {limit} users, or fewer ids"
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_MANY_USERS, message, "users"
        )


def quoted_size(value: Any) -> int:
    """Bytes of a value's JSON inside a JSON string."""
    return len(orjson.dumps(orjson.dumps(value).decode()))


def read_users(value: Any, field: str) -> list[dict[str, str]]:
    """Read the users of a request; raises RequestError."""
    if not isinstance(value, list) or not value:
        raise invalid_field(field, "expected a list of users that is not empty")
    if len(value) > MOST_USERS:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_MANY_USERS, field=field
        )
    return [read_user(user, f"{field}[{index}]") for index, user in enumerate(value)]


def read_user(value: Any, field: str) -> dict[str, str]:
    """Read a user: the userId or, without one, the anonymousId, and other identifiers.

    Raises RequestError.
    """
    if not isinstance(value, dict) or len(value) > MOST_ATTRIBUTES:
        raise invalid_field(field, f"expected an object of at most {MOST_ATTRIBUTES} identifiers")
    identifying = "userId" if value.get("userId") is not None else "anonymousId"
    if value.get(identifying) is None:
        raise invalid_field(f"{field}.userId", "expected text, or an anonymousId instead")
    if not isinstance(value[identifying], str):
        raise invalid_field(f"{field}.{identifying}", "expected text")
    read = {
        name: read_identifier(name, identifier, field)
        for name, identifier in value.items()
        if identifier is not None
    }
    if usable_id(read[identifying]) is None:
        expected = "expected an id that is not a placeholder"
        raise invalid_field(f"{field}.{identifying}", expected)
    return {name: text for name, text in read.items() if usable_id(text) is not None}


def read_identifier(name: str, value: Any, field: str) -> str:
    """Read an identifier of a user, spelled as events spell it; raises RequestError."""
    text = id_as_text(value)
    if text is None:
        raise invalid_field(field, "expected identifiers that are text")
    if len(name) > LONGEST_TEXT or len(text) > LONGEST_TEXT:
        raise invalid_field(field, f"expected identifiers of at most {LONGEST_TEXT} characters")
    return text


def read_ids(fields: Mapping[str, Any], field: str) -> list[str]:
    """Read a list of ids, empty when it is missing; raises RequestError."""
    value = fields.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(
        isinstance(text, str) and 0 < len(text) <= LONGEST_ID for text in value
    ):
        raise invalid_field(field, f"expected a list of ids of at most {LONGEST_ID} characters")
    if len(value) > MOST_IDS:
        raise invalid_field(field, f"expected at most {MOST_IDS} ids")
    return list(dict.fromkeys(value))


def read_name[Name: (RegulationType, RegulationState)](
    fields: Mapping[str, Any], field: str, names: type[Name]
) -> Name | None:
    """Read a type or a state, None when it is missing; raises RequestError."""
    value = fields.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or value not in {str(name) for name in names}:
        raise invalid_field(field, f"expected one of {', '.join(names)}")
    return names(value)


def read_reference(fields: Mapping[str, Any]) -> str | None:
    """Read a caller's reference, None when it is missing; raises RequestError."""
    value = fields.get("reference")
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else ""
    if not is_reference(text):
        expected = (
            f"expected text of 1 to {LONGEST_REFERENCE} characters without control characters"
        )
        raise invalid_field("reference", expected)
    return text


def is_reference(text: str) -> bool:
    """Whether a text can be a reference."""
    return 0 < len(text) <= LONGEST_REFERENCE and UNPRINTABLE.isdisjoint(map(category, text))
