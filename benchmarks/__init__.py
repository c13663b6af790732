"""Benchmarks of the program, each beside a baseline."""
