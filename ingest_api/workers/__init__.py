"""Processes beside the service that work on large uploads."""
