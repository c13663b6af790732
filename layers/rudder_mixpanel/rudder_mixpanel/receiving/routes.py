"""The paths that SDKs and webhooks post to, and how each answer is spelled."""

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from rudder_mixpanel.errors import ConfigurationError, exception_location
from rudder_mixpanel.receiving.bootstrap import ReceivingDependencies
from rudder_mixpanel.receiving.receive import receive
from rudder_mixpanel.receiving.requests import BATCHES, CALLS, WEBHOOK, read_request
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"
# What browsers ask leave to send: the AnonymousId is for RudderStack's own order of work.
HEADERS: Final = ["AnonymousId", "Authorization", "Content-Type"]
SECONDS_A_DAY: Final = 86_400


class ReceivingApi:
    """The API over what it is connected to."""

    def __init__(self, door: ReceivingDependencies, logger: "Logger") -> None:
        self.dependencies = door
        self.logger = logger
        self.app = APIGatewayRestResolver(cors=cors_config(door.environment.browser_origins))
        self.app.post("/v1/<call>")(self.call)
        self.app.post("/webhook")(self.webhook)
        self.app.get("/health")(self.health)
        self.app.not_found(self.not_found)
        self.app.exception_handler(Exception)(self.failed)

    def answer(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one request."""
        return self.app.resolve(event, context)

    def call(self, call: str) -> Response[Any]:
        """Take the events of an SDK's call."""
        if call not in CALLS | BATCHES:
            raise GatewayError(GatewayResponse.UNKNOWN_PATH)
        self.dependencies.admit_source(self.write_key)
        return self.take(call, ip=self.app.current_event.request_context.identity.source_ip)

    def webhook(self) -> Response[Any]:
        """Take the one event of RudderStack's webhook, whose own address is nobody's."""
        scheme, _, token = self.header("authorization").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise GatewayError(GatewayResponse.NO_WRITE_KEY)
        self.dependencies.admit_webhook(token.strip())
        return self.take(WEBHOOK, ip=None)

    def take(self, call: str, ip: str | None) -> Response[Any]:
        """Say ok when the queue has all events of a call."""
        events = read_request(call, self.body, self.header("content-encoding"))
        left = self.app.lambda_context.get_remaining_time_in_millis
        receive(events, self.dependencies.arrival(ip), self.dependencies.queue, left)
        return text_response(GatewayResponse.OK)

    def health(self) -> Response[Any]:
        """Say that there is somebody."""
        return Response(int(HTTPStatus.OK), JSON, '{"server":"UP"}')

    @property
    def body(self) -> bytes:
        """What came with the request; the gateway hands bytes over in base64."""
        event = self.app.current_event
        raw = str(event.get("body") or "")
        return base64.b64decode(raw) if event.get("isBase64Encoded") else raw.encode()

    def header(self, name: str) -> str:
        """A header, however it is spelled; none where it is missing."""
        headers: dict[str, str] = self.app.current_event.headers or {}
        return next((one for key, one in headers.items() if key.lower() == name), "")

    @property
    def write_key(self) -> str:
        """The user of Basic auth, as SDKs name their source; raises Refused."""
        scheme, _, credentials = self.header("authorization").partition(" ")
        try:
            told = base64.b64decode(credentials.strip(), validate=True).decode()
        except ValueError:
            told = ""
        key = told.partition(":")[0]
        if scheme.lower() != "basic" or not key:
            raise GatewayError(GatewayResponse.NO_WRITE_KEY)
        return key

    def not_found(self, _: Exception) -> Response[Any]:
        """There is no such path."""
        return text_response(GatewayResponse.UNKNOWN_PATH)

    def failed(self, error: Exception) -> Response[Any]:
        """Say what went wrong in the gateway's words; the log says what somebody has to mend."""
        match error:
            case GatewayError(answer=GatewayResponse.UNAVAILABLE):
                self.logger.warning("request not taken", reason="the events queue did not take it")
            case GatewayError():
                pass
            case ConfigurationError():
                self.logger.error("request not taken", reason=str(error))
            case _:
                self.logger.error("our own code failed", reason=exception_location(error))
        return text_response(
            error.answer if isinstance(error, GatewayError) else GatewayResponse.UNAVAILABLE
        )


def cors_config(origins: tuple[str, ...]) -> CORSConfig | None:
    """What browsers are told, of pages from these origins and of no others."""
    if not origins:
        return None
    first, *others = origins
    return CORSConfig(first, others, allow_headers=HEADERS, max_age=SECONDS_A_DAY)


def text_response(answer: GatewayResponse) -> Response[Any]:
    """An answer, spelled."""
    return Response(int(answer.status), TEXT, answer.body)
