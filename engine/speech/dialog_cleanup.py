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

    def hear(path: Path | None) -> Words:
        assert transcriber
        return _words(transcriber, path or source, None if path else options.index, cancelled)

    return clean(
        Recording(source, options.index, speech),
        options.preset,
        out,
        bypassed=options.bypassed,
        hear=hear if transcriber else None,
        progress=progress,
        replace=replace,
        cancelled=cancelled,
    )


def _words(transcriber: Transcriber, path: Path, index: int | None, cancelled: Callable[[], bool] | None) -> Words:
    import numpy as np

    from engine.sound import Words, mono_16k

    samples = mono_16k(path, index, cancelled=cancelled)
    # Both versions get the same level, because the level alone changes the words that a speech model recognises.
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    levelled = samples * np.float32(_LEVEL / power**0.5) if power else samples
    heard = transcriber.transcribe(levelled, cancelled=cancelled)
    words = tuple(re.sub(r"[^\w']", "", word.text).casefold() for word in heard.words)
    sure = sum(word.confidence for word in heard.words) / max(len(heard.words), 1)
    return Words(tuple(filter(None, words)), sure)
