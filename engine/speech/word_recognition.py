"""Recognises the words of short stretches of a recording, to compare its versions."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.speech.transcriber import open_transcriber

if TYPE_CHECKING:
    from engine.sound import HeardWord
    from engine.speech.transcript import Transcript


class WordRecognizer:
    """An `engine.sound.Recognizer` with one loaded model.

    The model decodes greedily: two versions of a stretch are compared with each other, so its words need not be the
    best possible ones. Without a `language`, it is detected in the first stretch with words, and is the same for all
    later ones.
    """

    def __init__(
        self, model: Path | str | None, cancelled: Callable[[], bool] | None = None, language: str | None = None
    ) -> None:
        # Isolation runs beside it: one thread does the same with a sixth less processor time.
        self._transcriber = open_transcriber(model, beam=1, threads=1)
        self._cancelled = cancelled
        self._language = language

    def __call__(self, samples: NDArray[np.float32]) -> list[HeardWord]:
        """The words of up to 30 s of 16 kHz mono sound."""
        heard = self._transcriber.transcribe(samples, language=self._language, cancelled=self._cancelled)
        if heard.words and self._language is None:
            self._language = heard.language
        return heard_words(heard)


def heard_words(transcript: Transcript) -> list[HeardWord]:
    """The words of a transcript in the form in which versions of a recording are compared."""
    from engine.sound import HeardWord

    words = []
    for word in transcript.words:
        if text := re.sub(r"[^\w']", "", word.text).casefold():
            words.append(HeardWord(text, float(word.start), float(word.end), word.confidence))
    return words
