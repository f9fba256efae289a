"""Settings of every test run."""

from hypothesis import settings

# A shared machine may stall for longer than hypothesis allows one example; a slow example is not a wrong one.
settings.register_profile("ecg", deadline=None)
settings.load_profile("ecg")
