"""`rudder-mixpanel regulation`: users are suppressed and deleted."""
