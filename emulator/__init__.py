"""A strict Mixpanel that runs on this machine."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.embedded import Emulator
    from emulator.project import GdprToken, Project, ServiceAccount

__all__ = ["Emulator", "GdprToken", "Project", "ServiceAccount"]

HOMES = {
    "Emulator": "emulator.embedded",
    "GdprToken": "emulator.project",
    "Project": "emulator.project",
    "ServiceAccount": "emulator.project",
}


# Loaded when asked for, so that `python -m emulator.rules` needs no server.
def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
