"""`rudder-mixpanel compare`: what Mixpanel has of events that RudderStack delivered."""
