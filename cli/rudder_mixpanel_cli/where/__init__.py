"""`rudder-mixpanel where`: what became of an event, from the log and the queues of a stack."""
