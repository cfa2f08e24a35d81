"""What every speech recognition back end offers, and the segments that it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AsrSegment:
    """A stretch of words as a back end heard it: (text, start, end, probability), seconds in the window."""

    words: Sequence[tuple[str, float, float, float]]
    no_speech: float
    log_probability: float


class AsrBackend(Protocol):
    """A loaded model of one back end."""

    name: str
    parameters: Mapping[str, str | int | float | bool]
    multilingual: bool

    def languages_of(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """How probably up to 30 s of sound are spoken in each language, by ISO 639-1 code."""

    def hear(self, samples: NDArray[np.float32], language: str, glossary: Sequence[str]) -> Iterator[AsrSegment]:
        """What is said in up to 30 s of sound, by somebody who may say what the glossary names."""
