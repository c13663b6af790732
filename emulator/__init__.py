"""A strict Mixpanel that runs on this machine."""
