"""Asks Mixpanel about the credentials of a stack, without importing anything."""

from enum import Enum, auto
from typing import Any, NamedTuple

import httpx
import orjson

from rudder_mixpanel.destination.project import APP_URLS, INGESTION_URLS
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.token_probe import NAMELESS_EVENT, QUERY, probe_token
from rudder_mixpanel.mixpanel.token_responses import token_objection
from rudder_mixpanel.mixpanel.transport import JSON, checked_base_url, send
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.shared import shared
from rudder_mixpanel_cli.mixpanel.http import http_client_for
from rudder_mixpanel_cli.settings.configuration import destination_of, values_of


class Answer(Enum):
    """What Mixpanel says about credentials."""

    ACCEPTED = auto()
    REFUSED = auto()
    # No answer, or one that says nothing about them: an outage, or a proxy between.
    UNKNOWN = auto()


class TokenFinding(NamedTuple):
    """What Mixpanel says about the token, the region that accepts it, and why none does."""

    answer: Answer
    region: str
    accepted_in: str = ""
    reason: str = ""


class ImportFinding(NamedTuple):
    """What /import says about the credentials, its status, and its words."""

    answer: Answer
    reason: str = ""
    words: str = ""


@shared
def base_url_of(stack: DeployedStack) -> str:
    """The address that replaces Mixpanel's in the function that delivers; empty for none."""
    name = stack.output("DeliverEventsFunctionName")
    configuration = stack.client("lambda").get_function_configuration(FunctionName=name)
    variables = configuration.get("Environment", {}).get("Variables", {})
    return checked_base_url(variables.get("MIXPANEL_BASE_URL", ""))


def ingestion_urls(base_url: str, region: str) -> dict[str, str]:
    """The ingestion API of each region that can be asked, the configured one first.

    An address that replaces Mixpanel's stands for one region, unless it ends with a region as the
    emulator's may: http://127.0.0.1:8123/eu.
    """
    if not base_url:
        return {region: INGESTION_URLS[region]} | INGESTION_URLS
    root, _, last = base_url.rpartition("/")
    others = {other: f"{root}/{other}" for other in INGESTION_URLS if last in INGESTION_URLS}
    return {region: base_url} | {name: url for name, url in others.items() if name != region}


@shared
def ask_about_token(stack: DeployedStack) -> TokenFinding:
    """Whether Mixpanel accepts the token in the configured region, or else in another one."""
    values = values_of(stack, {"token", "dataResidency"})
    region = values["dataResidency"]
    reason = ""
    for asked, url in ingestion_urls(base_url_of(stack), region).items():
        with http_client_for(url) as http:
            objection = probe_token(http, url, values["token"])
        if objection is None:
            answer = Answer.ACCEPTED if asked == region else Answer.REFUSED
            return TokenFinding(answer, region, accepted_in=asked)
        if asked == region:
            reason = objection.message
            if objection.code is not Code.CREDENTIALS_REFUSED:
                return TokenFinding(Answer.UNKNOWN, region, reason=last_part(reason))
    return TokenFinding(Answer.REFUSED, region, reason=last_part(reason))


def last_part(reason: str) -> str:
    """The part of a reason that says what was answered."""
    return reason.rpartition(": ")[2]


@shared
def ask_about_import(stack: DeployedStack) -> ImportFinding:
    """Whether /import accepts the credentials that delivery sends, where the token is accepted.

    So a wrong region is one mistake, and not two.
    """
    destination = destination_of(stack)
    token = ask_about_token(stack)
    region = token.accepted_in or token.region
    url = ingestion_urls(base_url_of(stack), token.region)[region]
    with http_client_for(url) as http:
        client = IngestionClient(http, destination)
        query = client.query("import") | QUERY
        response = send(
            http,
            "POST",
            f"{url}/import",
            params=query,
            content=NAMELESS_EVENT,
            headers=JSON,
            auth=client.credentials(),
        )
    return import_finding(response)


def import_finding(response: MixpanelResponse | NoResponse) -> ImportFinding:
    """What a response of /import says about the credentials of the request."""
    objection = token_objection(response)
    if objection is None:
        return ImportFinding(Answer.ACCEPTED)
    refused = objection.code is Code.CREDENTIALS_REFUSED
    answer = Answer.REFUSED if refused else Answer.UNKNOWN
    return ImportFinding(answer, last_part(objection.message), error_in(response))


def error_in(response: MixpanelResponse | NoResponse) -> str:
    """Mixpanel's error text; empty without one."""
    content = json_of(response)
    error = content.get("error") if isinstance(content, dict) else None
    return error if isinstance(error, str) else ""


def json_of(response: MixpanelResponse | NoResponse) -> Any:
    """The JSON in a response; None for anything else."""
    match response:
        case MixpanelResponse(_, body, _):
            try:
                return orjson.loads(body)
            except orjson.JSONDecodeError:
                return None
        case NoResponse():
            return None


def ask_for_token(stack: DeployedStack, project_id: str) -> str | None:
    """The token of a project, as a service account of it sees it; None without a known answer.

    The endpoint is undocumented. Its answer has the project's secret as well: nothing else is read.
    """
    destination = destination_of(stack)
    url = f"{app_url_of(stack)}/settings/project/{project_id}/metadata"
    auth = httpx.BasicAuth(destination.import_username, destination.import_password)
    with http_client_for(url) as http:
        content = json_of(send(http, "GET", url, auth=auth))
    results = content.get("results") if isinstance(content, dict) else None
    token = results.get("token") if isinstance(results, dict) else None
    return token if isinstance(token, str) and token else None


def ask_whether_valid(stack: DeployedStack, token: str) -> bool | None:
    """Whether Mixpanel's web application knows a token; None without a known answer.

    The endpoint is undocumented, and known for the United States alone.
    """
    url = f"{base_url_of(stack) or APP_URLS['us']}/api/app/validate-project-credentials/"
    body = orjson.dumps({"project_token": token})
    with http_client_for(url) as http:
        content = json_of(send(http, "POST", url, content=body, headers=JSON))
    status = content.get("status") if isinstance(content, dict) else None
    return {"ok": True, "error": False}.get(status) if isinstance(status, str) else None


def app_url_of(stack: DeployedStack) -> str:
    """The web application in the region that accepts the token."""
    token = ask_about_token(stack)
    region = token.accepted_in or token.region
    base_url = base_url_of(stack)
    return ingestion_urls(base_url, token.region)[region] if base_url else APP_URLS[region]
