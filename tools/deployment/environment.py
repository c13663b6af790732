"""An environment of samconfig.toml, as far as a deployment reads it besides sam."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Environment:
    """The stack of an environment, and how it is deployed."""

    stack: str
    confirm: bool
    # The variables that say which account and region sam uses for it.
    variables: Mapping[str, str]

    @classmethod
    def read(cls, config: Path, name: str) -> "Environment":
        """Read an environment that the file has."""
        commands = tomllib.loads(config.read_text())[name]
        settings: dict[str, Any] = {
            **commands["global"]["parameters"],
            **commands.get("deploy", {}).get("parameters", {}),
        }
        variables = {"AWS_PROFILE": "profile", "AWS_DEFAULT_REGION": "region"}
        return cls(
            settings["stack_name"],
            bool(settings.get("confirm_changeset", False)),
            {
                variable: settings[setting]
                for variable, setting in variables.items()
                if setting in settings
            },
        )
