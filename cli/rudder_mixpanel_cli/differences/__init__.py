"""What this stack does differently from RudderStack, as docs/mapping.md lists it."""
