"""`rudder-mixpanel regulation`: suppress and delete users."""
