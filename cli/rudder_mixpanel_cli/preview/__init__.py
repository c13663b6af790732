"""`rudder-mixpanel preview`: what would be sent for an event."""
