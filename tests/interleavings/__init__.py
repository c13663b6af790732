"""Regulations, deliveries and deletions that overlap at random, by a seed."""
