"""What removed stacks have left: found by its tag, adopted or destroyed."""
