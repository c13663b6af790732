"""checkov on the expanded template, and the exceptions from its rules."""
