"""The sender keys of a deployed stack."""
