"""Mixpanel's raw export: the events of a project, as Mixpanel stores them."""
