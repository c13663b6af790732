"""Regulations: users are suppressed at once, and their deletion is accepted and reported."""
