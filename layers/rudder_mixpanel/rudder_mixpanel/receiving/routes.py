"""The HTTP routes for SDKs and webhooks, and their responses."""

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from rudder_mixpanel.aws.gateway import with_text_fields
from rudder_mixpanel.errors import ConfigurationError, exception_location
from rudder_mixpanel.receiving.bootstrap import ReceivingDependencies
from rudder_mixpanel.receiving.metrics import emit_receiving_metrics
from rudder_mixpanel.receiving.receive import receive
from rudder_mixpanel.receiving.requests import BATCHES, CALLS, WEBHOOK, read_request
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"
# The headers that SDKs send from browsers. RudderStack orders events by AnonymousId; here it is
# only allowed.
CORS_HEADERS: Final = ["AnonymousId", "Authorization", "Content-Type"]
CORS_SECONDS: Final = 86_400


class ReceivingApi:
    """The HTTP API that receives events."""

    def __init__(
        self, dependencies: ReceivingDependencies, logger: "Logger", metrics: "Metrics"
    ) -> None:
        self.dependencies = dependencies
        self.logger = logger
        self.metrics = metrics
        cors = cors_config(dependencies.environment.browser_origins)
        self.app = APIGatewayRestResolver(cors=cors)
        self.app.post("/v1/<call>")(self.post_call)
        self.app.post("/beacon/v1/batch")(self.post_beacon)
        self.app.post("/webhook")(self.post_webhook)
        self.app.get("/health")(self.get_health)
        self.app.not_found(self.respond_not_found)
        self.app.exception_handler(Exception)(self.respond_to_error)

    def resolve(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Respond to one request of API Gateway."""
        return self.app.resolve(with_text_fields(event), context)

    def post_call(self, call: str) -> Response[Any]:
        """Accept the events of an SDK's call; raises GatewayError or ConfigurationError."""
        if call not in CALLS | BATCHES:
            raise GatewayError(GatewayResponse.UNKNOWN_PATH)
        return self.accept_from_sdk(call, self.write_key)

    def post_beacon(self) -> Response[Any]:
        """Accept a batch of a page that is being closed; raises GatewayError or ConfigurationError.

        Browsers let no page set a header of a beacon, so that its write key is in the query.
        """
        keys = self.app.current_event.resolved_query_string_parameters.get("writeKey", [])
        write_key = next(filter(None, keys), None)
        if write_key is None:
            raise GatewayError(GatewayResponse.NO_WRITE_KEY_IN_QUERY)
        return self.accept_from_sdk("batch", write_key)

    def post_webhook(self) -> Response[Any]:
        """Accept one event of RudderStack's webhook; raises GatewayError or ConfigurationError.

        The sender's address is RudderStack's and not the user's, so the event does not get it.
        """
        scheme, _, token = self.header("Authorization").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise GatewayError(GatewayResponse.NO_WRITE_KEY)
        self.dependencies.keys().check_webhook_token(token.strip(), self.dependencies.clock())
        return self.accept(WEBHOOK, ip=None)

    def accept_from_sdk(self, call: str, write_key: str) -> Response[Any]:
        """Accept a call with this write key; raises GatewayError or ConfigurationError."""
        self.dependencies.keys().check_write_key(write_key, self.dependencies.clock())
        return self.accept(call, ip=self.app.current_event.request_context.identity.source_ip)

    def accept(self, call: str, ip: str | None) -> Response[Any]:
        """Put a call's events on the queue and respond with ok; raises GatewayError."""
        events = read_request(call, self.body, self.header("Content-Encoding"))
        time_left = self.app.lambda_context.get_remaining_time_in_millis
        arrival, queue = self.dependencies.arrival(ip), self.dependencies.queue
        emit_receiving_metrics(receive(events, arrival, queue, time_left), self.metrics)
        return text_response(GatewayResponse.OK)

    def get_health(self) -> Response[Any]:
        """Respond as RudderStack's gateway does when it is healthy."""
        return Response(int(HTTPStatus.OK), JSON, '{"server":"UP"}')

    @property
    def body(self) -> bytes:
        """The request's body, which API Gateway encodes in base64 when it is binary."""
        event = self.app.current_event
        raw = str(event.get("body") or "")
        return base64.b64decode(raw) if event.get("isBase64Encoded") else raw.encode()

    def header(self, name: str) -> str:
        """A header of the request; empty when it is missing."""
        return self.app.current_event.headers.get(name, "")

    @property
    def write_key(self) -> str:
        """The user name of Basic authentication; raises GatewayError when there is none."""
        scheme, _, encoded = self.header("Authorization").partition(" ")
        try:
            credentials = base64.b64decode(encoded.strip(), validate=True).decode()
        except ValueError:
            credentials = ""
        key = credentials.partition(":")[0]
        if scheme.lower() != "basic" or not key:
            raise GatewayError(GatewayResponse.NO_WRITE_KEY)
        return key

    def respond_not_found(self, _: Exception) -> Response[Any]:
        """Respond to a path that does not exist."""
        return text_response(GatewayResponse.UNKNOWN_PATH)

    def respond_to_error(self, error: Exception) -> Response[Any]:
        """Respond with the gateway's error, and log what an operator has to know."""
        match error:
            case GatewayError(response=GatewayResponse.UNAVAILABLE):
                self.logger.warning("request rejected", reason="the events queue is unavailable")
            case GatewayError():
                pass
            case ConfigurationError():
                self.logger.error("request rejected", reason=str(error))
            case _:
                self.logger.error("internal error", reason=exception_location(error))
        return text_response(
            error.response if isinstance(error, GatewayError) else GatewayResponse.UNAVAILABLE
        )


def cors_config(origins: tuple[str, ...]) -> CORSConfig | None:
    """The CORS configuration for pages from these origins; None without any."""
    if not origins:
        return None
    first, *others = origins
    return CORSConfig(
        first,
        others,
        allow_headers=CORS_HEADERS,
        # Beacons always ask for it, although there are no cookies to send.
        allow_credentials=True,
        max_age=CORS_SECONDS,
    )


def text_response(response: GatewayResponse) -> Response[Any]:
    """A response of the gateway as plain text."""
    return Response(int(response.status), TEXT, response.body)
