"""Explains what each value of a request comes from, and what became of each part of an event."""
