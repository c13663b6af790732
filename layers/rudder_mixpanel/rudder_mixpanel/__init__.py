"""RudderStack events, mapped and delivered to Mixpanel."""

__version__ = "0.1.0"
