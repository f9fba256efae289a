"""Recordings whose zero crossings are known because they were made so, not because anything counted them."""

from dataclasses import dataclass

import numpy as np

LARGEST_SAMPLE = 2_000
_SMALL_SAMPLES, _SMALL_CROSSINGS = 60, 50


@dataclass(frozen=True, slots=True)
class Recording:
    """The JSON of an upload but for its id, and of every lead its name, length and zero crossings."""

    rest: bytes
    leads: tuple[tuple[str, int, int], ...]

    def body(self, ecg_id: str) -> bytes:
        """The upload of this recording under an id."""
        return b'{"id":"' + ecg_id.encode() + b'",' + self.rest


def made(seed: int, lengths: dict[str, int], crossings: int) -> Recording:
    """A recording with leads of these lengths, each of which changes its sign `crossings` times."""
    dice = np.random.default_rng(seed)
    leads, texts = [], []
    for name, samples in lengths.items():
        turns = dice.choice(np.arange(1, samples), size=crossings, replace=False)
        flips = np.zeros(samples, dtype=np.int64)
        flips[turns] = 1
        signs = 1 - 2 * (np.cumsum(flips) % 2)
        signal = signs * dice.integers(1, LARGEST_SAMPLE, samples)
        text = ",".join(map(str, signal.tolist()))
        texts.append(f'{{"name":"{name}","number_of_samples":{samples},"signal":[{text}]}}')
        leads.append((name, samples, crossings))
    return Recording(f'"sampling_frequency":500,"leads":[{",".join(texts)}]}}'.encode(), tuple(leads))


class Mix:
    """Many small recordings, some of 12 leads, and now and then one too long for one event."""

    def __init__(self, *, large_every: int = 20, long_every: int = 100) -> None:
        self._large_every = large_every
        self._long_every = long_every
        self._small = [made(number, {"II": _SMALL_SAMPLES}, number) for number in range(1, _SMALL_CROSSINGS)]
        self._large = [
            made(count, {f"L{lead}": 5_000 for lead in range(12)}, 40 + count) for count in range(3)
        ]
        # 900,000 samples of 2 bytes are two events.
        self._long = made(7, {"I": 450_000, "II": 450_000}, 1_234)

    def recording(self, number: int) -> Recording:
        """The recording of the upload with this number."""
        if number % self._long_every == self._long_every - 1:
            return self._long
        if number % self._large_every == self._large_every - 1:
            return self._large[number % len(self._large)]
        return self._small[number % len(self._small)]
