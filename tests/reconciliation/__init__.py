"""Reconciliations of many events, of which Mixpanel loses, repeats and delays a seeded set."""
