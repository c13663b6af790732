"""The alarms of a deployed stack."""
