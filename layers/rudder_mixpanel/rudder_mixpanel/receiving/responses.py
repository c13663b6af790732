"""The responses of RudderStack's gateway to SDKs, word for word."""

from enum import Enum
from http import HTTPStatus

from rudder_mixpanel.errors import DeliveryError


class GatewayResponse(Enum):
    """Every response; SDKs retry a request after 429 or 5xx."""

    OK = (HTTPStatus.OK, "ok")
    NO_BODY = (HTTPStatus.BAD_REQUEST, "request body is nil")
    INVALID_JSON = (HTTPStatus.BAD_REQUEST, "invalid json")
    NO_EVENT = (HTTPStatus.BAD_REQUEST, "event is not a valid rudder event")
    NO_ID = (HTTPStatus.BAD_REQUEST, "request neither has anonymousId nor userId")
    EMPTY_BATCH = (HTTPStatus.BAD_REQUEST, "empty batch payload")
    # RudderStack's documentation has 400 for an event that is too long, its gateway 413 for a body.
    EVENT_TOO_LARGE = (HTTPStatus.BAD_REQUEST, "request size exceeds max limit")
    NO_WRITE_KEY = (HTTPStatus.UNAUTHORIZED, "failed to read writekey from header")
    NO_WRITE_KEY_IN_QUERY = (
        HTTPStatus.UNAUTHORIZED,
        "failed to read writekey from query params",
    )
    INVALID_WRITE_KEY = (HTTPStatus.UNAUTHORIZED, "invalid write key")
    SOURCE_DISABLED = (HTTPStatus.NOT_FOUND, "source is disabled")
    UNKNOWN_PATH = (HTTPStatus.NOT_FOUND, "404 page not found")
    BODY_TOO_LARGE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request size exceeds max limit")
    UNREADABLE_BODY = (HTTPStatus.INTERNAL_SERVER_ERROR, "failed to read body from request")
    UNAVAILABLE = (HTTPStatus.SERVICE_UNAVAILABLE, "service unavailable")

    def __init__(self, status: HTTPStatus, words: str) -> None:
        self.status = status
        self.words = words

    @property
    def body(self) -> str:
        """The body: those of errors end with a line break, as Go writes them."""
        return self.words if self.status is HTTPStatus.OK else f"{self.words}\n"


class GatewayError(DeliveryError):
    """The request is answered with an error, and none of its events is accepted."""

    def __init__(self, response: GatewayResponse) -> None:
        super().__init__(response.words)
        self.response = response
