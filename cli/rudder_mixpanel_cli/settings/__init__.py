"""The settings and secrets of a deployed stack."""
