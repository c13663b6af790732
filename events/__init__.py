"""Sample events, and how they were made."""
