"""The destination: reads and checks RudderStack's Config."""

from rudder_mixpanel.destination.destination import Destination

__all__ = ["Destination"]
