"""A signal as a body gave it."""

from dataclasses import dataclass

from schemas.ecg import Missing, Samples


@dataclass(slots=True)
class Signal:
    """The samples of a lead, as narrow as they are, and where one is missing; see `schemas.ecg.Lead`."""

    samples: Samples
    missing: Missing | None = None

    def __len__(self) -> int:
        return len(self.samples)
