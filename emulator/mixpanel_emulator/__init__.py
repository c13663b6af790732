"""A strict Mixpanel that runs on this machine."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixpanel_emulator.emulator import Emulator
    from mixpanel_emulator.state.project import GdprToken, Project, ServiceAccount

__all__ = ["Emulator", "GdprToken", "Project", "ServiceAccount"]

MODULES = {
    "Emulator": "mixpanel_emulator.emulator",
    "GdprToken": "mixpanel_emulator.state.project",
    "Project": "mixpanel_emulator.state.project",
    "ServiceAccount": "mixpanel_emulator.state.project",
}


# Loaded on first use, so that pytest loads the plugin without the server.
def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)
