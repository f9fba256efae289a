"""Signing in by an external OpenID Connect provider: asking it, and judging what it says."""
