"""Regulations: accepts, stores and reports requests to suppress or delete users."""
