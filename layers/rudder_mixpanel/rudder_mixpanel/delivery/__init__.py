"""Delivery: records of the events queue become requests to Mixpanel, and every event an outcome."""
