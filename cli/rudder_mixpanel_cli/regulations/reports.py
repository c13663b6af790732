"""Print the report of a regulation, or compare one that was filed with the record."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import orjson
import typer

from rudder_mixpanel_cli.errors import CONTRADICTED, UsageError
from rudder_mixpanel_cli.regulations.actions import regulation_path
from rudder_mixpanel_cli.regulations.client import RegulationsClient
from rudder_mixpanel_cli.regulations.compare import Comparison, compare_reports
from rudder_mixpanel_cli.regulations.filed import Filed, check_page, parse_filed


def fetch_report(
    api: RegulationsClient, regulation_id: str, user: dict[str, str] | None, accept: str
) -> httpx.Response:
    """Get a report, and whether it is about a user; raises UsageError or CommandError."""
    path = f"{regulation_path(regulation_id)}/report"
    if user is None:
        return api.call("GET", path, accept=accept)
    # In a body: identifiers of users never appear in a URL, which proxies log.
    return api.call("POST", path, {"user": user}, accept=accept)


def print_report(
    api: RegulationsClient, regulation_id: str, user: str | None, *, html: bool
) -> None:
    """Print the report of a regulation; raises UsageError or CommandError."""
    accept = "text/html" if html else "application/json"
    given = {"userId": user} if user else None
    sys.stdout.write(fetch_report(api, regulation_id, given, accept).text + "\n")


def read_filed(file: Path, *, html: bool) -> Filed:
    """Read a filed report; raises UsageError when the file has none."""
    if html:
        raise UsageError("expected --html or --verify, got both")
    try:
        return parse_filed(file.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{file}: expected a report as JSON or HTML") from None


def verify_report(
    api: RegulationsClient, regulation_id: str, filed: Filed, user: str | None, *, as_json: bool
) -> None:
    """Compare a filed report with the record, and print what was found.

    Raises typer.Exit when they contradict each other, UsageError or CommandError.
    """
    given = {"userId": user} if user else filed.record.get("givenUser")
    response = fetch_report(api, regulation_id, given, "application/json")
    recorded: dict[str, Any] = response.json()
    comparison = compare_reports(filed.record, recorded)
    check_page(filed, comparison)
    if as_json:
        typer.echo(comparison_as_json(comparison))
    else:
        print_comparison(comparison)
    if comparison.contradictions:
        raise typer.Exit(CONTRADICTED)


def comparison_as_json(comparison: Comparison) -> bytes:
    """The result as JSON, with the same content as the text."""
    content = {
        "verified": not comparison.contradictions,
        "equal": comparison.equal,
        "contradictions": list(comparison.contradictions),
        "changes": list(comparison.changes),
        "notCompared": list(comparison.not_compared),
    }
    return orjson.dumps(content)


def print_comparison(comparison: Comparison) -> None:
    """Print the result first, and then every field that is not equal."""
    if comparison.contradictions:
        typer.echo("CONTRADICTED: the filed report does not agree with the record.")
    else:
        typer.echo("verified: the filed report agrees with the record.")
    typer.echo(f"equal: {comparison.equal} fields")
    print_fields("contradicts the record:", comparison.contradictions)
    print_fields("changed since, as it may:", comparison.changes)
    print_fields("not compared:", comparison.not_compared)


def print_fields(heading: str, fields: Iterable[str]) -> None:
    """Print fields under a heading, or nothing."""
    lines = list(fields)
    if lines:
        typer.echo("\n  ".join([heading, *lines]))
