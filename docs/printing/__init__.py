"""Tables of the documentation, printed from the code that they describe."""
