"""`rudder-mixpanel rejected` and `rudder-mixpanel dead`: inspect messages and replay them."""
