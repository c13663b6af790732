"""`rudder-mixpanel doctor`: check a deployed stack, and say what to do."""
