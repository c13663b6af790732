"""Faults: planned failures, and the requests that they apply to."""
