"""AWS: settings, secrets, queues and tables."""
