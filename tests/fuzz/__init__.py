"""Hostile input: nothing raises or is slow, and nothing is delivered without proof."""
