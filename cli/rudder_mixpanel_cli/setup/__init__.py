"""`rudder-mixpanel setup`: from an exported Config to a stack that delivers."""
