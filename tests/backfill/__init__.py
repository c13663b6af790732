"""Backfills by the real command, killed and resumed, to the emulator."""
