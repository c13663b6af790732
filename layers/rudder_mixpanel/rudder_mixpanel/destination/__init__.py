"""The destination: RudderStack's Config, read and checked."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rudder_mixpanel.destination.destination import Destination

__all__ = ["Destination"]


def __getattr__(name: str) -> Any:
    """Load Destination when it is first used: the functions with an HTTP API do not need it."""
    if name != "Destination":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rudder_mixpanel.destination.destination import Destination  # noqa: PLC0415 - see above

    return Destination
