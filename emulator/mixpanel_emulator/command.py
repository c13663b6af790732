"""The `mixpanel-emulator` command."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from mixpanel_emulator.faults.plan import parse_script
from mixpanel_emulator.state.clock import Clock, moment_of, wall_clock
from mixpanel_emulator.state.journal import Journal
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.project_file import parse_projects
from mixpanel_emulator.web.app import create_app
from mixpanel_emulator.web.server import Server, address, listener


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop, and print one line with the address when ready."""
    options = parser().parse_args(arguments)
    projects = projects_of(options)
    script = read(options.faults, parse_script) if options.faults else []
    clock = Clock(wall_clock)
    if options.clock:
        clock.set(options.clock)
    try:
        listening = listener(options.host, options.port)
    except OSError as error:
        sys.exit(f"cannot listen on {options.host}, port {options.port}: {error.strerror}")
    # uvicorn stops in good order, then repeats the signal to whoever listened before it.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: sys.exit(0))
    with listening:

        def ready() -> None:
            sys.stdout.write(f"Mixpanel emulator on {address(listening)}\n")
            sys.stdout.flush()

        journals = [Journal(options.journal)] if options.journal else []
        app = create_app(projects, now=clock, script=script, listeners=journals)
        Server(app, ready).run([listening])


def parser() -> argparse.ArgumentParser:
    """What the command understands."""
    command = argparse.ArgumentParser(
        prog="mixpanel-emulator", description="A strict Mixpanel that runs on this machine."
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    command.add_argument("--port", default=8123, type=int, help="0 takes any free port")
    command.add_argument("--project", type=Path, help="JSON file of a project or several")
    command.add_argument("--id-mode", choices=("original", "simplified"))
    command.add_argument("--token", help="the project's token")
    command.add_argument("--retention-days", type=int, help="0 takes any age")
    command.add_argument("--clock", type=moment_of, help="ISO time to begin at, instead of now")
    command.add_argument("--journal", type=Path, help="file to add a line to for all that arrives")
    command.add_argument("--faults", type=Path, help="JSON file of the faults to begin with")
    return command


def projects_of(options: argparse.Namespace) -> Sequence[Project]:
    """The projects in the file, or one with what the options say."""
    names = ("token", "id_mode", "retention_days")
    said = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if options.project is None:
        return [Project(**said)]
    if said:
        sys.exit("--project says all of it: leave out --token, --id-mode and --retention-days")
    return read(options.project, parse_projects)


def read[T](path: Path, parse: Callable[[Any], T]) -> T:
    """What a JSON file means; the program ends when it cannot be read."""
    try:
        return parse(orjson.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
