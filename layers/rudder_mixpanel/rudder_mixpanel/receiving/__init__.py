"""Receiving: requests of SDKs and webhooks become records of the events queue."""
