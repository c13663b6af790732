"""What Mixpanel says about the credentials of a deployed stack."""
