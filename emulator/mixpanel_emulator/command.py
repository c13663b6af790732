"""The `mixpanel-emulator` command."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from mixpanel_emulator.faults.script import parse_script
from mixpanel_emulator.state.clock import Clock, parse_time, wall_clock
from mixpanel_emulator.state.journal import Journal
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.project_file import parse_projects
from mixpanel_emulator.web.app import create_app
from mixpanel_emulator.web.server import Server, open_socket, url_of

Parsed = TypeVar("Parsed")
HIGHEST_PORT: Final = 65_535


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
        app = create_app(projects, now=clock, script=script, subscribers=journals)
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
    parser.add_argument(
        "--id-mode",
        choices=("original", "simplified"),
        help="how the project joins a user's identifiers",
    )
    parser.add_argument("--token", help="the project's token")
    parser.add_argument("--retention-days", type=int, help="0 accepts events of any age")
    parser.add_argument("--clock", type=start_time, help="ISO time to start at, instead of now")
    parser.add_argument("--journal", type=Path, help="file to append everything that arrives to")
    parser.add_argument("--faults", type=Path, help="JSON file of faults to start with")
    return parser


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
    names = ("token", "id_mode", "retention_days")
    values = {name: getattr(options, name) for name in names}
    settings = {name: value for name, value in values.items() if value is not None}
    if options.project is None:
        return [Project(**settings)]
    if settings:
        sys.exit("with --project, leave out --token, --id-mode and --retention-days")
    return read_file(options.project, parse_projects)


def read_file(path: Path, parse: Callable[[Any], Parsed]) -> Parsed:
    """Parse a JSON file. Exits with a message when it cannot be read."""
    try:
        return parse(orjson.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
