"""`rudder-mixpanel backfill`: send old events to a stack, as many as its queue can take."""
