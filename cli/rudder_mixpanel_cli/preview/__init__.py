"""`rudder-mixpanel preview`: show the requests that an event would cause."""
