"""AWS: settings, secrets, queues and tables, behind a few functions."""
