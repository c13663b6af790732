"""`rudder-mixpanel send`: put events on the events queue, and follow them to their end."""
