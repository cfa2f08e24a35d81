"""The interface of a speech recognition back end, and the segments that it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

AsrTask = Literal["transcribe", "translate"]
"""What the model writes: the spoken words, or their translation to English."""


@dataclass(frozen=True, slots=True)
class AsrSegment:
    """A segment from a back end: words as (text, start, end, probability), in seconds of the window."""

    words: Sequence[tuple[str, float, float, float]]
    no_speech: float
    log_probability: float


class AsrBackend(Protocol):
    """A loaded model of one back end. `translates`: whether it was trained to translate."""

    name: str
    parameters: Mapping[str, str | int | float | bool]
    multilingual: bool
    translates: bool

    def languages_of(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """The probability of each language (ISO 639-1 code) for up to 30 s of 16 kHz mono sound."""

    def hear(
        self, samples: NDArray[np.float32], language: str, glossary: Sequence[str], task: AsrTask = "transcribe"
    ) -> Iterator[AsrSegment]:
        """Transcribes up to 30 s of 16 kHz mono sound in a language, with the glossary as a spelling hint.

        The task `translate` writes English.
        """


def is_trained_to_translate(mel_bands: int, decoder_layers: int) -> bool:
    """Whether a multilingual Whisper model of this size was trained to translate.

    large-v3-turbo (128 bands, 4 decoder layers) was fine-tuned on transcription only, and the distilled models (2
    layers) too: for the task `translate` they write the spoken language. tiny, the smallest other model, has 4 layers
    and 80 bands.
    """
    return decoder_layers > 2 and not (mel_bands == 128 and decoder_layers <= 4)
