"""Invocations side by side, of which some are killed at any moment."""
