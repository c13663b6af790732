"""Configs of destinations, in the files that RudderStack, its API and the Rudder CLI write."""
