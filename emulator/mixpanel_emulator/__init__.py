"""A strict Mixpanel that runs on this machine."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixpanel_emulator.embedded import Emulator
    from mixpanel_emulator.state.project import GdprToken, Project, ServiceAccount

__all__ = ["Emulator", "GdprToken", "Project", "ServiceAccount"]

HOMES = {
    "Emulator": "mixpanel_emulator.embedded",
    "GdprToken": "mixpanel_emulator.state.project",
    "Project": "mixpanel_emulator.state.project",
    "ServiceAccount": "mixpanel_emulator.state.project",
}


# Loaded when asked for, so that `python -m mixpanel_emulator.rules` needs no server.
def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
