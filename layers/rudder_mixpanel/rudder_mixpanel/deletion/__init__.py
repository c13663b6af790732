"""Deletion: deletes the users of regulations from Mixpanel, one request at a time."""
