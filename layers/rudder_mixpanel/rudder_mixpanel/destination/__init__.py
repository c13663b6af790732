"""The destination: RudderStack's Config, read and checked."""

from rudder_mixpanel.destination.destination import Destination

__all__ = ["Destination"]
