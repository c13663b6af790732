"""The command that `make deploy` runs after the build."""

import argparse
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from tools.deployment.plan import Refused
from tools.deployment.run import Deployment, deploy
from tools.parameters import ROOT, InvalidArgument


def main() -> int:
    """Deploy, or print what is wrong; return the exit status."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        return deploy(deployment_of(argument_parser().parse_args(), console))
    except (Refused, InvalidArgument, BotoCoreError, ClientError) as error:
        sys.stdout.flush()
        sys.stderr.write(f"✗ {error}\n")
        return 1


def deployment_of(arguments: argparse.Namespace, console: Console) -> Deployment:
    """Return the deployment that the arguments of make ask for."""
    names = ("ENVIRONMENT", "PARAMETERS", "FRESH", "CONFIRM")
    given = {name: getattr(arguments, name.lower()) for name in names}
    return Deployment(arguments.config, given, console)


def argument_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__)
    parser.add_argument("--environment", default="default")
    parser.add_argument("--parameters", default="")
    parser.add_argument("--fresh", choices=["", "yes", "no"], default="")
    parser.add_argument("--confirm", choices=["", "yes", "no"], default="")
    parser.add_argument("--config", type=Path, default=ROOT / "samconfig.toml")
    return parser


if __name__ == "__main__":
    sys.exit(main())
