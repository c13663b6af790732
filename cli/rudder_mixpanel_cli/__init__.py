"""The `rudder-mixpanel` command, for those who set a destination up and operate it."""
