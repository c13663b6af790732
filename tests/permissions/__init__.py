"""IAM for tests: what a role allows is evaluated as AWS does, before moto sees a call."""
