"""`rudder-mixpanel reconcile`: compares what was delivered with what Mixpanel has."""
