"""The routes of the regulations API, and its responses."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from rudder_mixpanel.aws.gateway import with_text_fields
from rudder_mixpanel.errors import (
    ConfigurationError,
    TableTooSlow,
    TableUnavailable,
    exception_location,
)
from rudder_mixpanel.regulations.create import create_regulations
from rudder_mixpanel.regulations.ports import ApiDependencies, Caller
from rudder_mixpanel.regulations.report.about import read_given_user
from rudder_mixpanel.regulations.requests import (
    ErrorCode,
    RequestError,
    invalid_field,
    json_body,
    read_regulation_request,
)
from rudder_mixpanel.regulations.scopes import REGULATION_ROUTES, RegulationRoute, Scope
from rudder_mixpanel.regulations.search import list_regulations
from rudder_mixpanel.regulations.search_request import RegulationSearch, read_search
from rudder_mixpanel.regulations.service import (
    cancel_regulation,
    get_regulation,
    report_regulation,
)
from rudder_mixpanel.regulations.transformer import (
    FEATURES,
    JobResult,
    ServedDestination,
    answer_jobs,
    failed_job,
    overall_status,
)

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

JSON: Final = "application/json"
HTML: Final = "text/html"
# Responses may name users.
JSON_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# Seconds after which a request that is accepted in part is repeated: what throttles needs a moment.
RETRY_AFTER: Final = 5


class RegulationsApi:
    """The HTTP API; `dependencies` is called at the first request that needs them."""

    def __init__(self, dependencies: Callable[[], ApiDependencies], logger: "Logger") -> None:
        self.dependencies = dependencies
        self.logger = logger
        self.app = APIGatewayRestResolver()
        for route in REGULATION_ROUTES:
            self.app.route(route.path, method=route.method)(self.guard(route))
        self.app.not_found(self.not_found)
        self.app.exception_handler(Exception)(self.handle_error)

    def answer(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one request."""
        return self.app.resolve(with_text_fields(event), context)

    @property
    def body(self) -> bytes:
        """The body of the request, decoded if the gateway sent it as base64."""
        event = self.app.current_event
        raw = event.body or ""
        if event.is_base64_encoded:
            return base64.b64decode(raw)
        return raw.encode("utf-8", "surrogatepass")

    def guard(self, route: RegulationRoute) -> Callable[..., Response[Any]]:
        """What answers on a route, called with the caller if the route needs one."""
        answer: Callable[..., Response[Any]] = getattr(self, route.answer)
        scope = route.scope
        # Only arrays reach the worker, so that its answer checks the scope itself.
        if scope is None or scope is Scope.WORKER:
            return answer
        return lambda **parameters: answer(self.caller(scope), **parameters)

    def caller(self, scope: Scope) -> Caller:
        """The caller with the token of the request; raises RequestError without this scope."""
        token = self.token("basic" if scope is Scope.WORKER else "bearer")
        caller = self.dependencies().caller(token) if token else None
        if caller is None:
            raise RequestError(HTTPStatus.UNAUTHORIZED, ErrorCode.UNAUTHORIZED)
        if scope not in caller.scopes:
            message = f"the token lacks the scope {scope}"
            raise RequestError(HTTPStatus.FORBIDDEN, ErrorCode.FORBIDDEN, message)
        return caller

    def token(self, scheme: str) -> str:
        """The token of the request under this scheme of authorization; empty without one."""
        header = self.app.current_event.headers.get("authorization", "")
        given_scheme, _, credentials = header.partition(" ")
        if given_scheme.lower() != scheme:
            return ""
        return basic_password(credentials.strip()) if scheme == "basic" else credentials.strip()

    def create(self, caller: Caller) -> Response[Any]:
        """Create regulations: 201 with one for each user."""
        dependencies = self.dependencies()
        request = read_regulation_request(self.body, dependencies.destination_id)
        return json_response(create_regulations(request, caller, dependencies), HTTPStatus.CREATED)

    def list(self, caller: Caller) -> Response[Any]:
        """List regulations; `next` is the path of the next page."""
        cursor = self.app.current_event.query_string_parameters.get("after_cursor", "")
        search = RegulationSearch(after=decode_cursor(cursor))
        page = list_regulations(search, caller, self.dependencies())
        if after := page["paging"].get("next"):
            path = f"/v2/regulations?after_cursor={encode_cursor(after)}"
            page["paging"] = {"next": path}
        return json_response(page)

    def search(self, caller: Caller) -> Response[Any]:
        """Find regulations by conditions in the body: users are never named in a URL."""
        search = read_search(self.body)
        search = replace(search, after=decode_cursor(search.after))
        page = list_regulations(search, caller, self.dependencies())
        if after := page["paging"].get("next"):
            page["paging"] = {"next": encode_cursor(after)}
        return json_response(page)

    def get(self, caller: Caller, regulation: str) -> Response[Any]:
        """Show one regulation."""
        return json_response(get_regulation(regulation, caller, self.dependencies()))

    def cancel(self, caller: Caller, regulation: str) -> Response[Any]:
        """Cancel one regulation."""
        return json_response(cancel_regulation(regulation, caller, self.dependencies()))

    def report(self, caller: Caller, regulation: str) -> Response[Any]:
        """Report everything that is known about one, as JSON or as a page to print."""
        return self.report_response(report_regulation(regulation, caller, self.dependencies()))

    def report_about_user(self, caller: Caller, regulation: str) -> Response[Any]:
        """The same, with whether it is about a given user, whose ids never appear in a URL."""
        given, dependencies = read_given_user(self.body), self.dependencies()
        return self.report_response(report_regulation(regulation, caller, dependencies, given))

    def report_response(self, report: dict[str, Any]) -> Response[Any]:
        """A report in the format that the request accepts."""
        if HTML not in self.app.current_event.headers.get("accept", ""):
            return json_response(report)
        # Only pages need the template and a parser for it.
        from rudder_mixpanel.regulations.report.page import (  # noqa: PLC0415
            page_headers,
            render_page,
        )

        content_type, headers = f"{HTML}; charset=utf-8", {**page_headers()}
        return Response(int(HTTPStatus.OK), content_type, render_page(report), headers)

    def features(self) -> Response[Any]:
        """The destinations whose users can be deleted; the same for everybody, at any time."""
        return json_response(FEATURES)

    def delete_users(self) -> Response[Any]:
        """Accept jobs of RudderStack's regulation worker, which reads only arrays."""
        try:
            results = self.accept_jobs()
        except Exception as error:  # noqa: BLE001 - the worker cannot read another error
            failure = self.error_of(error)
            results = [failed_job(failure.status, failure.message)]
            return json_response(results, failure.status, failure.headers)
        return json_response(results, overall_status(results))

    def accept_jobs(self) -> Sequence[JobResult]:
        """Create the regulations of all jobs; raises RequestError and errors of dependencies."""
        caller, jobs = self.caller(Scope.WORKER), json_body(self.body)
        dependencies = self.dependencies()
        destination = ServedDestination(
            dependencies.destination_id,
            dependencies.project_token(),
            dependencies.settings().deletion_api,
        )
        return answer_jobs(
            jobs, destination, lambda request: create_regulations(request, caller, dependencies)
        )

    def not_found(self, _: Exception) -> Response[Any]:
        """Respond to an unknown path."""
        return error_response(RequestError(HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND))

    def handle_error(self, error: Exception) -> Response[Any]:
        """Respond to an error, in the same format for all."""
        return error_response(self.error_of(error))

    def error_of(self, error: Exception) -> RequestError:
        """The error response for an exception; what an operator has to fix is logged."""
        match error:
            case RequestError():
                return error
            case ConfigurationError():
                self.logger.error("request not carried out", reason=str(error))
                code, status = ErrorCode.NOT_CONFIGURED, HTTPStatus.SERVICE_UNAVAILABLE
            case TableTooSlow():
                self.logger.warning("request not carried out in time", reason=str(error))
                unfinished = ErrorCode.NOT_ACCEPTED_YET
                status = HTTPStatus.SERVICE_UNAVAILABLE
                return RequestError(status, unfinished, retry_after=RETRY_AFTER)
            case TableUnavailable():
                self.logger.warning("request not carried out", reason=str(error))
                code, status = ErrorCode.UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE
            case _:
                self.logger.error("internal error", reason=exception_location(error))
                code, status = ErrorCode.INTERNAL_ERROR, HTTPStatus.INTERNAL_SERVER_ERROR
        return RequestError(status, code)


def encode_cursor(place: str) -> str:
    """A place among the regulations as an opaque cursor."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def decode_cursor(cursor: str) -> str:
    """The place that a cursor stands for; raises RequestError when it is not one of ours."""
    try:
        return base64.urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        raise invalid_field("after_cursor", "expected the value of paging.next") from None


def json_response(
    content: Any, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response[Any]:
    """A response in JSON."""
    all_headers: dict[str, Any] = {**JSON_HEADERS, **(headers or {})}
    return Response(int(status), JSON, orjson.dumps(content).decode(), all_headers)


def error_response(error: RequestError) -> Response[Any]:
    """The response for an error."""
    return json_response(error.body, error.status, error.headers)


def basic_password(credentials: str) -> str:
    """The password of basic authentication; empty when the credentials are malformed."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
