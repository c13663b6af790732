"""The `mixpanel-emulator` command."""

import argparse
import math
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from mixpanel_emulator.faults.script import parse_script
from mixpanel_emulator.state.clock import Clock, parse_time, wall_clock
from mixpanel_emulator.state.journal import Journal
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.project_file import parse_projects, read_date, read_timezone
from mixpanel_emulator.state.store import LIMIT
from mixpanel_emulator.web.app import create_app
from mixpanel_emulator.web.server import Server, open_socket, url_of

Parsed = TypeVar("Parsed")
HIGHEST_PORT: Final = 65_535
# The options that take the place of a file of projects, and the fields that they set.
PROJECT_OPTIONS: Final = {
    "token": "token",
    "id_mode": "id_mode",
    "retention_days": "retention_days",
    "timezone": "timezone",
    "created": "created",
    "export_delay": "export_delay_seconds",
    "hidden_event": "hidden_events",
    "dropped_event": "dropped_events",
}


def main(arguments: list[str] | None = None) -> None:
    """Serve until stopped by a signal, and print one line with the URL when ready."""
    options = build_parser().parse_args(arguments)
    projects = read_projects(options)
    script = read_file(options.faults, parse_script) if options.faults else []
    clock = Clock(wall_clock)
    if options.clock:
        clock.set(options.clock)
    try:
        listening = open_socket(options.host, options.port)
    except OSError as error:
        sys.exit(f"cannot listen on {options.host}, port {options.port}: {error.strerror}")
    exit_on_signals()
    with listening:

        def print_url() -> None:
            sys.stdout.write(f"Mixpanel emulator on {url_of(listening)}\n")
            sys.stdout.flush()

        journals = [Journal(options.journal)] if options.journal else []
        app = create_app(
            projects, now=clock, limit=options.limit, script=script, subscribers=journals
        )
        hosts = [options.host, *options.allowed_host]
        Server(app, print_url, hosts).run([listening])


def exit_on_signals() -> None:
    """Exit with status 0 on SIGINT and SIGTERM."""
    # uvicorn shuts down on a signal, then raises it again for the previous handler.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: sys.exit(0))


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="mixpanel-emulator", description="A strict Mixpanel that runs on this machine."
    )
    release = version("mixpanel-emulator")
    parser.add_argument("--version", action="version", version=f"mixpanel-emulator {release}")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name, besides localhost, under which the page and the admin API are used",
    )
    parser.add_argument("--port", default=8123, type=port_number, help="0 takes any free port")
    parser.add_argument("--project", type=Path, help="JSON file of one or several projects")
    add_project_options(parser)
    parser.add_argument(
        "--limit", type=positive_number, default=LIMIT, help="how many items of each list to keep"
    )
    parser.add_argument("--clock", type=start_time, help="ISO time to start at, instead of now")
    parser.add_argument("--journal", type=Path, help="file to append everything that arrives to")
    parser.add_argument("--faults", type=Path, help="JSON file of faults to start with")
    return parser


def add_project_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe the only project."""
    parser.add_argument(
        "--id-mode",
        choices=("original", "simplified"),
        help="how the project joins a user's identifiers",
    )
    parser.add_argument("--token", help="the project's token")
    parser.add_argument("--retention-days", type=int, help="0 accepts events of any age")
    parser.add_argument("--timezone", type=time_zone, help="the project's time zone")
    parser.add_argument("--created", type=creation_day, help="ISO date the project was created")
    parser.add_argument(
        "--export-delay",
        type=seconds_number,
        metavar="SECONDS",
        help="until all that arrived shows in the raw export",
    )
    parser.add_argument(
        "--hidden-event",
        action="append",
        metavar="NAME",
        help="an event that only the raw export shows",
    )
    parser.add_argument(
        "--dropped-event",
        action="append",
        metavar="NAME",
        help="an event that is accepted and not stored",
    )


def positive_number(text: str) -> int:
    """Parse an integer above 0. Raises ArgumentTypeError when it is not one."""
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError("expected a number above 0")


def seconds_number(text: str) -> float:
    """Parse seconds. Raises ArgumentTypeError when they are not a number, 0 or more."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if 0 <= seconds < math.inf:
        return seconds
    raise argparse.ArgumentTypeError("expected a number, 0 or more")


def time_zone(text: str) -> str:
    """Parse the name of a time zone. Raises ArgumentTypeError when it is unknown."""
    try:
        return read_timezone("", text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a time zone as Europe/Vienna") from None


def creation_day(text: str) -> date:
    """Parse the day of a project's creation. Raises ArgumentTypeError when it is no ISO date."""
    try:
        return read_date("", text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected an ISO 8601 date") from None


def port_number(text: str) -> int:
    """Parse a port. Raises ArgumentTypeError when it is not one."""
    if text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a number from 0 to {HIGHEST_PORT}")


def start_time(text: str) -> datetime:
    """Parse the time to start at. Raises ArgumentTypeError when it is not in ISO 8601."""
    try:
        return parse_time(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected an ISO 8601 time") from None


def read_projects(options: argparse.Namespace) -> Sequence[Project]:
    """Read the projects of the file, or build one from the options. Exits when it cannot."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in PROJECT_OPTIONS
        if (value := getattr(options, name)) is not None
    }
    if options.project is None:
        return [Project(**{PROJECT_OPTIONS[name]: value for name, value in given.items()})]
    if given:
        sys.exit(f"with --project, leave out {', '.join(map(option_of, given))}")
    return read_file(options.project, parse_projects)


def option_of(name: str) -> str:
    """Return an option as it is written on the command line."""
    return f"--{name.replace('_', '-')}"


def read_file(path: Path, parse: Callable[[Any], Parsed]) -> Parsed:
    """Parse a JSON file. Exits with a message when it cannot be read."""
    try:
        return parse(orjson.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
