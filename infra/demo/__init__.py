"""The demo: a real recording's way through the running system, by its public APIs alone."""
