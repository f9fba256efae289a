"""The definition of `zero_crossings`, word for word: what every faster way must equal."""

from collections.abc import Sequence
from itertools import pairwise


def zero_crossings(samples: Sequence[int | None], baseline: float = 0) -> int:
    """Sign changes between consecutive non-zero samples of (sample - baseline), the missing passed over."""
    signs = [1 if sample > baseline else -1 for sample in samples if sample not in (None, baseline)]
    return sum(1 for before, after in pairwise(signs) if before != after)
