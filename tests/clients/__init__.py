"""Clients that nobody here wrote, unchanged, against the emulator: what they store and break."""
