"""Cleans the dialog of a recording, and compares the words that a speech model recognises before and after."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sound import CleanReport, Preset, StageName, Words
    from engine.speech.transcriber import Transcriber

# The RMS level of both versions when words are compared: -23 dBFS.
_LEVEL = 10 ** (-23 / 20)
# The recognitions before and after take this share of the time, by the small English model; larger ones take more.
_WORDS_SHARE, _RECOGNITIONS = 0.5, 2


@dataclass(frozen=True, slots=True)
class CleanOptions:
    """The chain for a recording, the stages to skip, and the model that compares the words, if any.

    `index` is the sound track; None for the file's default one.
    """

    preset: Preset
    index: int | None = None
    bypassed: frozenset[StageName] = frozenset()
    model: str | Path | None = None


def clean_recording(
    source: Path,
    options: CleanOptions,
    out: Path,
    *,
    progress: Callable[[float], None] | None = None,
    replace: bool = True,
    cancelled: Callable[[], bool] | None = None,
) -> CleanReport:
    """Cleans a recording's dialog into `out`; `progress` and errors as `engine.sound.clean`.

    With a model, the words of the recording and of each result are recognised and compared.
    """
    from engine.sound import Recording, clean, speech_blocks
    from engine.speech.activity import speech_spans
    from engine.speech.transcriber import open_transcriber

    speech = tuple(speech_spans(speech_blocks(source, options.index, cancelled=cancelled)))
    transcriber = open_transcriber(options.model) if options.model and speech else None
    share = SharedProgress(progress, _WORDS_SHARE if transcriber else 0.0)

    def hear(path: Path | None) -> Words:
        assert transcriber
        words = _words(transcriber, path or source, None if path else options.index, cancelled, share.hearing)
        share.heard()
        return words

    return clean(
        Recording(source, options.index, speech),
        options.preset,
        out,
        bypassed=options.bypassed,
        hear=hear if transcriber else None,
        progress=share.cleaned,
        replace=replace,
        cancelled=cancelled,
    )


class SharedProgress:
    """Combines the progress of the chain and that of the recognitions, of which there are usually two."""

    def __init__(self, progress: Callable[[float], None] | None, words: float) -> None:
        self._progress, self._words = progress, words
        self._cleaned = self._heard = self._reported = 0.0

    def cleaned(self, share: float) -> None:
        """Reports the share of the chain that is done, 0 to 1; after all of it, no recognition follows."""
        self._cleaned = share
        self._report(1.0 if share >= 1 else self._heard)

    def hearing(self, share: float) -> None:
        """Reports the share of the current recognition that is done."""
        self._report(self._heard + share / _RECOGNITIONS)

    def heard(self) -> None:
        """Reports that a recognition is complete."""
        self._heard += 1 / _RECOGNITIONS
        self._report(self._heard)

    def _report(self, heard: float) -> None:
        # A chain that is repeated recognises more words than expected, and must not go back.
        done = (1 - self._words) * self._cleaned + self._words * min(heard, 1.0)
        self._reported = max(self._reported, done)
        if self._progress:
            self._progress(self._reported)


def _words(
    transcriber: Transcriber,
    path: Path,
    index: int | None,
    cancelled: Callable[[], bool] | None,
    progress: Callable[[float], None],
) -> Words:
    import numpy as np

    from engine.sound import Words, mono_16k

    samples = mono_16k(path, index, cancelled=cancelled)
    # Both versions get the same level, because the level alone changes the words that a speech model recognises.
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    levelled = samples * np.float32(_LEVEL / power**0.5) if power else samples
    heard = transcriber.transcribe(levelled, progress=progress, cancelled=cancelled)
    words = tuple(re.sub(r"[^\w']", "", word.text).casefold() for word in heard.words)
    sure = sum(word.confidence for word in heard.words) / max(len(heard.words), 1)
    return Words(tuple(filter(None, words)), sure)
