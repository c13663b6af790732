"""RudderStack events, mapped and delivered to Mixpanel."""
