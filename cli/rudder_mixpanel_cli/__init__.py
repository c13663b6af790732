"""The `rudder-mixpanel` command: preview events, replay rejected ones, manage regulations."""
