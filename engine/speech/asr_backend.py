"""The interface of a speech recognition back end, and the segments that it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AsrSegment:
    """A segment from a back end: words as (text, start, end, probability), in seconds of the window."""

    words: Sequence[tuple[str, float, float, float]]
    no_speech: float
    log_probability: float


class AsrBackend(Protocol):
    """A loaded model of one back end."""

    name: str
    parameters: Mapping[str, str | int | float | bool]
    multilingual: bool

    def languages_of(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """The probability of each language (ISO 639-1 code) for up to 30 s of 16 kHz mono sound."""

    def hear(self, samples: NDArray[np.float32], language: str, glossary: Sequence[str]) -> Iterator[AsrSegment]:
        """Transcribes up to 30 s of 16 kHz mono sound, with the glossary as a spelling hint."""
