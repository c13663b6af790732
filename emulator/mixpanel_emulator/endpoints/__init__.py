"""Mixpanel's endpoints: what each checks, stores and responds."""
