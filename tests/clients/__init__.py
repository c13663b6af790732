"""Mixpanel's own clients, unchanged, against the emulator: what they store and violate."""
