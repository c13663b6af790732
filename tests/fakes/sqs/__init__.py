"""Stand-ins for AWS, each with tests of its own."""
