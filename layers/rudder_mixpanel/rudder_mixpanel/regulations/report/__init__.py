"""The report of a regulation: what is known about it, as JSON and as a page to print and file."""
