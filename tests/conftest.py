"""Settings of every test run."""

import gc

from hypothesis import settings

# Thousands of tests are objects that stay: looked through as often as usual, they take a tenth of the time.
gc.set_threshold(50_000, 20, 100)

# A shared machine may stall for longer than hypothesis allows one example; a slow example is not a wrong one.
settings.register_profile("ecg", deadline=None)
# For the inner loop, where a person waits; `make test` tries hypothesis's usual hundred.
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("ecg")
