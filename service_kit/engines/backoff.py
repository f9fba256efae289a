"""How long to wait before asking an engine again."""

import random
from collections.abc import Iterator

_FIRST_SECONDS = 0.1
# Long enough to leave an engine that starts in peace, short enough that its return is noticed at once.
_CAP_SECONDS = 5.0


def backoff(first_seconds: float = _FIRST_SECONDS, cap_seconds: float = _CAP_SECONDS) -> Iterator[float]:
    """Seconds to wait, doubling up to the cap and without end.

    Each is spread by half, so that many who lost an engine together do not come back together.
    """
    ceiling = first_seconds
    while True:
        yield ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        ceiling = min(ceiling * 2, cap_seconds)
