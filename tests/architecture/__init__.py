"""The shape of the code: which way imports go, how long things are, and what they are called."""
