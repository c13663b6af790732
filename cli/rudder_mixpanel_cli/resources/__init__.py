"""The AWS resources of a deployed stack."""
