"""CloudWatch Logs as AWS documents it, as far as the command reads it."""
