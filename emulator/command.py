"""The `mixpanel-emulator` command."""

import argparse
import signal
import sys
from pathlib import Path

import orjson

from emulator.app import create_app
from emulator.clock import wall_clock
from emulator.faults import Fault, parse_script
from emulator.project import Project
from emulator.server import Server, address, listener


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop, and print one line with the address when ready."""
    options = parser().parse_args(arguments)
    project = Project(
        token=options.token, id_mode=options.id_mode, retention_days=options.retention_days
    )
    script = read_script(options.faults) if options.faults else []
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

        Server(create_app([project], now=wall_clock, script=script), ready).run([listening])


def parser() -> argparse.ArgumentParser:
    """What the command understands."""
    default = Project()
    command = argparse.ArgumentParser(
        prog="mixpanel-emulator", description="A strict Mixpanel that runs on this machine."
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    command.add_argument("--port", default=8123, type=int, help="0 takes any free port")
    command.add_argument("--id-mode", choices=("original", "simplified"), default=default.id_mode)
    command.add_argument("--token", default=default.token, help="the project's token")
    command.add_argument(
        "--retention-days", default=default.retention_days, type=int, help="0 takes any age"
    )
    command.add_argument("--faults", type=Path, help="JSON file of the faults to begin with")
    return command


def read_script(path: Path) -> list[Fault]:
    """The faults in a file; the program ends when it cannot be read."""
    try:
        return parse_script(orjson.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
