"""The paths of the regulations API, and how each answer is spelled."""

import base64
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from rudder_mixpanel.errors import ConfigurationError, TableUnavailable, exception_location
from rudder_mixpanel.regulations import service
from rudder_mixpanel.regulations.bootstrap import AwsRegulationsDependencies
from rudder_mixpanel.regulations.requests import (
    ErrorCode,
    RegulationSearch,
    RequestError,
    invalid_field,
    json_body,
    read_regulation_request,
    read_search,
)
from rudder_mixpanel.regulations.service import Caller
from rudder_mixpanel.regulations.transformer import answer_jobs, failed_job
from rudder_mixpanel.regulations.views import build_report, report_page

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

JSON: Final = "application/json"
HTML: Final = "text/html"
# RudderStack's transformer names destinations so that can delete users.
FEATURES: Final = {"regulations": ["MP"]}


class RegulationsApi:
    """The API over what it is connected to."""

    def __init__(
        self, reception: Callable[[], AwsRegulationsDependencies], logger: "Logger"
    ) -> None:
        self.dependencies = reception
        self.logger = logger
        self.app = APIGatewayRestResolver()
        for method, path, answer in (
            ("POST", "/v2/regulations", self.create),
            ("GET", "/v2/regulations", self.list),
            ("POST", "/v2/regulations/search", self.search),
            ("GET", "/v2/regulations/<regulation>", self.get),
            ("DELETE", "/v2/regulations/<regulation>", self.cancel),
            ("GET", "/v2/regulations/<regulation>/report", self.report),
            ("GET", "/features", self.features),
            ("POST", "/deleteUsers", self.delete_users),
        ):
            self.app.route(path, method=method)(answer)
        self.app.not_found(self.not_found)
        self.app.exception_handler(Exception)(self.handle_error)

    def answer(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one request."""
        return self.app.resolve(event, context)

    @property
    def body(self) -> bytes:
        """What came with the request."""
        event = self.app.current_event
        raw = str(event.get("body") or "")
        if event.get("isBase64Encoded"):
            return base64.b64decode(raw)
        return raw.encode("utf-8", "surrogatepass")

    def header(self, name: str) -> str:
        """A header, however it is spelled; none where it is missing."""
        headers: dict[str, str] = self.app.current_event.headers or {}
        return next((one for key, one in headers.items() if key.lower() == name), "")

    def caller(self, scheme: str = "bearer") -> Caller:
        """Whose token came with the request; raises RefusedRequest."""
        given, _, token = self.header("authorization").partition(" ")
        token = token.strip() if given.lower() == scheme else ""
        if scheme == "basic":
            token = password_of(token)
        if token and (found := self.dependencies().caller(token)) is not None:
            return found
        raise RequestError(HTTPStatus.UNAUTHORIZED, ErrorCode.UNAUTHORIZED)

    def create(self) -> Response[Any]:
        """Accept regulations: 201 with one for each user."""
        caller = self.caller()
        asked = read_regulation_request(self.body, self.dependencies().destination_id)
        return json_response(
            service.create_regulations(asked, caller, self.dependencies()), HTTPStatus.CREATED
        )

    def list(self) -> Response[Any]:
        """List regulations."""
        caller = self.caller()
        after = (self.app.current_event.query_string_parameters or {}).get("after_cursor", "")
        told = service.list_regulations(
            RegulationSearch(after=decode_cursor(after)), caller, self.dependencies()
        )
        if following := told["paging"].get("next"):
            path = f"/v2/regulations?after_cursor={encode_cursor(following)}"
            told["paging"] = {"next": path}
        return json_response(told)

    def search(self) -> Response[Any]:
        """Find regulations by user and state; no id stands in a URL."""
        caller, wanted = self.caller(), read_search(self.body)
        wanted = replace(wanted, after=decode_cursor(wanted.after))
        told = service.list_regulations(wanted, caller, self.dependencies())
        if following := told["paging"].get("next"):
            told["paging"] = {"next": encode_cursor(following)}
        return json_response(told)

    def get(self, regulation: str) -> Response[Any]:
        """Show one regulation."""
        return json_response(service.get_regulation(regulation, self.caller(), self.dependencies()))

    def cancel(self, regulation: str) -> Response[Any]:
        """Wish for the cancellation of one."""
        return json_response(
            service.cancel_regulation(regulation, self.caller(), self.dependencies())
        )

    def report(self, regulation: str) -> Response[Any]:
        """Tell all that is known of one, as JSON or as a page to print."""
        caller, office = self.caller(), self.dependencies()
        shown = service.get_regulation(regulation, caller, office)
        held_back = office.suppressions.get(regulation)
        told = build_report(service.find_chunk(regulation, office), shown, held_back, office.now())
        if HTML in self.header("accept"):
            return Response(int(HTTPStatus.OK), f"{HTML}; charset=utf-8", report_page(told))
        return json_response(told)

    def features(self) -> Response[Any]:
        """Say for which destinations users can be deleted."""
        return json_response(FEATURES)

    def delete_users(self) -> Response[Any]:
        """Accept jobs of RudderStack's regulation worker, which speaks in arrays."""
        office = self.dependencies()
        try:
            caller, jobs = self.caller("basic"), json_body(self.body)
            token = office.project_token()
            told = answer_jobs(
                jobs,
                token,
                office.destination_id,
                lambda a: service.create_regulations(a, caller, office),
            )
        except Exception as error:  # noqa: BLE001 - the worker reads nothing but arrays
            refused = self.error_of(error)
            told = [failed_job(refused.status, refused.message)]
        return json_response(told, HTTPStatus(told[0]["statusCode"]))

    def not_found(self, _: Exception) -> Response[Any]:
        """There is no such path."""
        return error_response(RequestError(HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND))

    def handle_error(self, error: Exception) -> Response[Any]:
        """Say what went wrong, in the one shape."""
        return error_response(self.error_of(error))

    def error_of(self, error: Exception) -> RequestError:
        """What is said of an error; the log says what somebody has to mend."""
        match error:
            case RequestError():
                return error
            case ConfigurationError():
                self.logger.error("request not carried out", reason=str(error))
                code, status = ErrorCode.NOT_CONFIGURED, HTTPStatus.SERVICE_UNAVAILABLE
            case TableUnavailable():
                self.logger.warning("request not carried out", reason=str(error))
                code, status = ErrorCode.UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE
            case _:
                self.logger.error("our own code failed", reason=exception_location(error))
                code, status = ErrorCode.INTERNAL_ERROR, HTTPStatus.INTERNAL_SERVER_ERROR
        return RequestError(status, code)


def encode_cursor(place: str) -> str:
    """A place in the register as a cursor."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def decode_cursor(cursor: str) -> str:
    """The place that a cursor stands for; raises RefusedRequest."""
    try:
        return base64.urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        raise invalid_field("after_cursor", "expected what paging.next has said") from None


def json_response(told: Any, status: HTTPStatus = HTTPStatus.OK) -> Response[Any]:
    """An answer in JSON."""
    return Response(int(status), JSON, orjson.dumps(told).decode())


def error_response(error: RequestError) -> Response[Any]:
    """The one shape of all errors."""
    return json_response(error.body, error.status)


def password_of(credentials: str) -> str:
    """The password of Basic auth; none where it is no such thing."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
