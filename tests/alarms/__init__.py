"""Alarms under what can stop a stack: which fires, within how long, and that none fires without."""
