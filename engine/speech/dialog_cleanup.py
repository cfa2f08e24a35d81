"""Cleans the dialog of a recording, and compares the words that a speech model recognises before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sound import CleanReport, Preset, StageName
    from engine.speech.transcript import Transcript


@dataclass(frozen=True, slots=True)
class CleanOptions:
    """The chain for a recording, the stages to skip, and the model that compares the words, if any.

    `index` is the sound track; None for the file's default one. `transcript` is that of the whole recording by the same
    model, if there is one: its words are those before cleaning, except where they differ from those after it.
    """

    preset: Preset
    index: int | None = None
    bypassed: frozenset[StageName] = frozenset()
    model: str | Path | None = None
    transcript: Transcript | None = None


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

    With a model, the words before and after isolation are recognised and compared where isolation changes the speech.
    """
    from engine.sound import Recording, clean, speech_blocks
    from engine.speech.activity import speech_spans
    from engine.speech.word_recognition import WordRecognizer, heard_words

    known = options.transcript if options.model else None
    language = known.language if known and known.words else None
    speech = tuple(speech_spans(speech_blocks(source, options.index, cancelled=cancelled)))
    return clean(
        Recording(source, options.index, speech, words=tuple(heard_words(known)) if known else None),
        options.preset,
        out,
        bypassed=options.bypassed,
        hear=WordRecognizer(options.model, cancelled, language) if options.model and speech else None,
        progress=progress,
        replace=replace,
        cancelled=cancelled,
    )
