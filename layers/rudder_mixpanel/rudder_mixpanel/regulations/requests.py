"""What the regulations API is asked, read and checked; what it refuses, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson

from rudder_mixpanel.documented import Documented
from rudder_mixpanel.errors import DeliveryError
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.values import js_text
from rudder_mixpanel.regulations.model import RegulationState, RegulationType

MOST_BYTES: Final = 1_048_576
MOST_USERS: Final = 10_000
# Of one user, so that every one of them fits a chunk.
MOST_ATTRIBUTES: Final = 20
LONGEST_TEXT: Final = 500
MOST_IDS: Final = 100
LONGEST_ID: Final = 100
# Lambda answers with 6 MB at most, in which a regulation takes so much beside its user and its ids.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_ANSWERED: Final = 6_000_000
ANSWERED: Final = 450


class ErrorCode(Documented):
    """Every code with which the API refuses a request."""

    UNAUTHORIZED = ("UNAUTHORIZED", "The token is missing, wrong or expired.")
    NOT_JSON = ("NOT_JSON", "The body is no JSON of the expected kind.")
    INVALID_FIELD = ("INVALID_FIELD", "The named field is missing or wrong; the message says how.")
    WRONG_DESTINATION = (
        "WRONG_DESTINATION",
        "destinationIds does not name the destination that this stack serves.",
    )
    TOO_LARGE = ("TOO_LARGE", "The body is over 1 MiB. Send the users in several requests.")
    TOO_MANY_USERS = (
        "TOO_MANY_USERS",
        "A request names at most 10,000 users, or as few as its message says. Send several.",
    )
    NOT_FOUND = ("NOT_FOUND", "There is no such path, or no regulation of this id.")
    NOT_ALLOWED = ("NOT_ALLOWED", "The gateway does not take this request.")
    STILL_ACCEPTING = (
        "STILL_ACCEPTING",
        "The regulation is still being accepted. Cancel it in a few minutes.",
    )
    THROTTLED = ("THROTTLED", "Too many requests at once. Send it again in a moment.")
    NOT_CONFIGURED = (
        "NOT_CONFIGURED",
        "Settings or secrets of the stack are missing or wrong. The log names which.",
    )
    UNAVAILABLE = (
        "UNAVAILABLE",
        "A table did not answer. Send the same again: it makes no second regulation.",
    )
    INTERNAL_ERROR = ("INTERNAL_ERROR", "Our own code failed. The log says where.")


class RequestError(DeliveryError):
    """The request is not carried out; `field` says where it is wrong, and no value is repeated."""

    def __init__(
        self, status: HTTPStatus, code: ErrorCode, message: str = "", field: str = ""
    ) -> None:
        super().__init__(f"{code}: {message or code.explanation}")
        self.status = status
        self.code = code
        self.message = message or code.explanation
        self.field = field

    @property
    def body(self) -> dict[str, str]:
        """The one shape of all errors."""
        told = {"code": str(self.code), "message": self.message, "field": self.field}
        return {name: text for name, text in told.items() if text}


@dataclass(frozen=True, slots=True)
class RegulationRequest:
    """A request for regulations: one for each of the users."""

    type: RegulationType
    source_ids: list[str]
    destination_ids: list[str]
    users: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class RegulationSearch:
    """A request to find regulations, all of them where it says nothing more."""

    user_id: str | None = None
    state: RegulationState | None = None
    after: str = ""


def invalid_field(field: str, message: str) -> RequestError:
    """A field is not as it must be."""
    return RequestError(HTTPStatus.BAD_REQUEST, ErrorCode.INVALID_FIELD, message, field)


def json_body(body: str | bytes | None) -> Any:
    """A body's JSON; raises RefusedRequest."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b""
    if len(raw) > MOST_BYTES:
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_LARGE)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise RequestError(HTTPStatus.BAD_REQUEST, ErrorCode.NOT_JSON) from None


def json_object(body: str | bytes | None) -> dict[str, Any]:
    """A body that is an object; raises RefusedRequest."""
    read = json_body(body)
    if not isinstance(read, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, ErrorCode.NOT_JSON, "expected an object")
    return read


def read_regulation_request(body: str | bytes | None, destination_id: str) -> RegulationRequest:
    """A request for regulations, as RudderStack's API has it; raises RefusedRequest."""
    given = json_object(body)
    kind = one_of(given, "regulationType", RegulationType)
    if kind is None:
        raise invalid_field("regulationType", f"expected one of {', '.join(RegulationType)}")
    sources, destinations = read_texts(given, "sourceIds"), read_texts(given, "destinationIds")
    if sources and destinations:
        raise invalid_field("sourceIds", "expected sourceIds or destinationIds, got both")
    if kind is RegulationType.SUPPRESS and destinations:
        raise invalid_field("destinationIds", "expected only with suppress_with_delete")
    if kind is RegulationType.SUPPRESS_WITH_DELETE:
        if sources:
            raise invalid_field("sourceIds", "expected only with suppress")
        if not destinations:
            raise invalid_field("destinationIds", "expected at least one id")
        if destination_id not in destinations:
            raise RequestError(
                HTTPStatus.BAD_REQUEST, ErrorCode.WRONG_DESTINATION, field="destinationIds"
            )
    asked = RegulationRequest(kind, sources, destinations, users_of(given.get("users"), "users"))
    check_answer(asked)
    return asked


def check_answer(asked: RegulationRequest) -> None:
    """Raise RefusedRequest when the regulations could be made, but their answer be sent by nobody.

    It says the ids twice for each user, and stands as text in what Lambda hands to the gateway.
    """
    ids = 2 * (quoted(asked.source_ids) + quoted(asked.destination_ids))
    size = len(asked.users) * (ANSWERED + ids) + quoted(asked.users)
    if size > MOST_ANSWERED:
        few = len(asked.users) * MOST_ANSWERED // size
        message = f"the answer would be too large: expected {few} users or fewer, or fewer ids"
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_MANY_USERS, message, "users"
        )


def quoted(value: Any) -> int:
    """Bytes of a value's JSON as a text in JSON."""
    return len(orjson.dumps(orjson.dumps(value).decode()))


def users_of(given: Any, field: str) -> list[dict[str, str]]:
    """The users of a request; raises RefusedRequest."""
    if not isinstance(given, list) or not given:
        raise invalid_field(field, "expected a list of users that is not empty")
    if len(given) > MOST_USERS:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_MANY_USERS, field=field
        )
    return [user_of(one, f"{field}[{index}]") for index, one in enumerate(given)]


def user_of(given: Any, field: str) -> dict[str, str]:
    """A user: userId, and whatever else names them; raises RefusedRequest."""
    if not isinstance(given, dict) or len(given) > MOST_ATTRIBUTES:
        raise invalid_field(field, f"expected an object of at most {MOST_ATTRIBUTES} identifiers")
    if not isinstance(given.get("userId"), str):
        raise invalid_field(f"{field}.userId", "expected text")
    read: dict[str, str] = {}
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise invalid_field(field, "expected identifiers that are text")
        if len(name) > LONGEST_TEXT or len(str(value)) > LONGEST_TEXT:
            raise invalid_field(field, f"expected identifiers of at most {LONGEST_TEXT} characters")
        # As events spell it, or it would be somebody else.
        read[name] = js_text(value)
    if usable_id(read["userId"]) is None:
        raise invalid_field(f"{field}.userId", "expected an id that names a person")
    return {name: text for name, text in read.items() if usable_id(text) is not None}


def read_texts(given: Mapping[str, Any], field: str) -> list[str]:
    """A list of texts, empty where there is none; raises RefusedRequest."""
    value = given.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(
        isinstance(one, str) and 0 < len(one) <= LONGEST_ID for one in value
    ):
        raise invalid_field(field, f"expected a list of ids of at most {LONGEST_ID} characters")
    if len(value) > MOST_IDS:
        raise invalid_field(field, f"expected at most {MOST_IDS} ids")
    return list(dict.fromkeys(value))


def one_of[Name: (RegulationType, RegulationState)](
    given: Mapping[str, Any], field: str, names: type[Name]
) -> Name | None:
    """One of the names of a catalogue, None where nothing is given; raises RefusedRequest."""
    value = given.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or value not in {str(name) for name in names}:
        raise invalid_field(field, f"expected one of {', '.join(names)}")
    return names(value)


def read_search(body: str | bytes | None) -> RegulationSearch:
    """A request to find regulations; raises RefusedRequest."""
    given = json_object(body)
    user_id, after = given.get("userId"), given.get("after_cursor", "")
    if user_id is not None and (not isinstance(user_id, str) or len(user_id) > LONGEST_TEXT):
        raise invalid_field("userId", "expected text")
    if not isinstance(after, str):
        raise invalid_field("after_cursor", "expected text")
    return RegulationSearch(user_id, one_of(given, "state", RegulationState), after)
