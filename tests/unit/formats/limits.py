"""Limits small enough to be broken in a test."""

from formats.rules import Limits

LIMITS = Limits(leads=8, samples_per_lead=1_000_000, name_characters=64, units_characters=32, segments=16)
