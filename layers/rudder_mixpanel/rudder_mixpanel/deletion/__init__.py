"""Deletion: users of regulations are deleted from Mixpanel, one request at a time."""
