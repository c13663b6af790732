"""Print the options that `make build` and `make deploy` pass to sam, or one line of error.

Parameters on sam's command line replace all of those in samconfig.toml, so this prints both: the
environment's own first, then PARAMETERS. sam uses the last value of a name.
"""

import argparse
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "samconfig.toml"


class InvalidArgument(Exception):
    """An argument of make that names no environment, no parameter or no allowed value."""


def sam_options(environment: str, overrides: list[str], config: Path = CONFIG) -> list[str]:
    """Return the options for an environment of samconfig.toml and some NAME=VALUE overrides.

    Raises InvalidArgument when the environment, a name or a value is unknown.
    """
    environments = configured_environments(config)
    if environment not in environments:
        raise InvalidArgument(f"ENVIRONMENT is one of: {' '.join(environments)}")
    check_overrides(overrides)
    parameters = [*environments[environment], *overrides]
    file = [] if config == CONFIG else ["--config-file", str(config)]
    named = ["--config-env", environment, "--parameter-overrides"]
    return [*file, *named, *map(quote_value, parameters)]


def configured_environments(config: Path = CONFIG) -> dict[str, list[str]]:
    """Return the parameter overrides of every environment in samconfig.toml."""
    return {
        name: shlex.split(commands["global"]["parameters"]["parameter_overrides"])
        for name, commands in tomllib.loads(config.read_text()).items()
        if isinstance(commands, dict)
    }


def check_overrides(overrides: list[str]) -> None:
    """Check that every override is NAME=VALUE of a template parameter.

    Raises InvalidArgument when one is not, or when its value is not an allowed one.
    """
    parameters = template_parameters()
    for override in overrides:
        name, separator, value = override.partition("=")
        if not separator or name not in parameters:
            raise InvalidArgument(f"PARAMETERS takes NAME=VALUE of: {' '.join(parameters)}")
        allowed = [str(item) for item in parameters[name].get("AllowedValues", [value])]
        if value not in allowed:
            choices = " ".join(f"{name}={item}" for item in allowed)
            raise InvalidArgument(f"PARAMETERS takes one of: {choices}")


def template_parameters() -> dict[str, dict[str, Any]]:
    """Return the parameters that template.yaml declares, by name."""
    template = yaml.load((ROOT / "template.yaml").read_text(), Loader=TemplateLoader)  # noqa: S506 - a SafeLoader
    parameters: dict[str, dict[str, Any]] = template["Parameters"]
    return parameters


class TemplateLoader(yaml.SafeLoader):
    """A YAML loader that reads CloudFormation's tags (!Ref, !GetAtt) as None."""


TemplateLoader.add_multi_constructor("!", lambda *_: None)


def quote_value(parameter: str) -> str:
    """Quote a value that is empty or has spaces, which sam otherwise rejects or splits."""
    name, _, value = parameter.partition("=")
    return f'{name}="{value}"' if not value or " " in value else parameter


def main() -> int:
    """Print the options, quoted for a shell, or `error: ` and what is wrong."""
    arguments = argument_parser().parse_args()
    try:
        check_architecture(arguments.architecture)
        options = sam_options(arguments.environment, arguments.parameters.split())
    except InvalidArgument as error:
        sys.stdout.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{shlex.join(options)}\n")
    return 0


def argument_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", required=True)
    parser.add_argument("--parameters", default="")
    parser.add_argument("--architecture", default="")
    return parser


def check_architecture(architecture: str) -> None:
    """Raise InvalidArgument when make was given ARCHITECTURE, which has no effect."""
    if architecture:
        raise InvalidArgument(f'Use PARAMETERS="Architecture={architecture}"')


if __name__ == "__main__":
    sys.exit(main())
