"""Regulations, deliveries and deletions that get in each other's way, by chance and a seed."""
