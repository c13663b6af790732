"""Maps RudderStack events to the updates that Mixpanel accepts."""

from rudder_mixpanel.mapping.calls import map_message, transform

__all__ = ["map_message", "transform"]
