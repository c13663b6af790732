"""`rudder-mixpanel rejected` and `rudder-mixpanel dead`: messages that wait for a person."""
