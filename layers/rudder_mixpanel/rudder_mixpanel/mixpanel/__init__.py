"""Mixpanel: its operations, its HTTP API, and what its responses mean."""
