"""Renders an audition of one stage of the dialog chain, with the speech that the chain would find."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sound import SoundComparison, StageName
    from engine.speech.dialog_cleanup import CleanOptions


def audition_recording(
    source: Path,
    options: CleanOptions,
    stage: StageName,
    start: Fraction,
    end: Fraction,
    out: Path,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SoundComparison:
    """Writes `start` to `end` of a recording with and without a stage, and what it removes.

    `progress` and errors as `engine.sound.write_stage_audition`.
    """
    from engine.sound import Recording, audition_context, duration_of, speech_blocks, write_stage_audition
    from engine.speech.activity import speech_spans

    whole = duration_of(source, options.index)
    begin, until = audition_context(start, end, whole if whole is not None else end)
    speech = tuple(speech_spans(speech_blocks(source, options.index, start=begin, end=until, cancelled=cancelled)))
    preset = options.preset.without(options.bypassed - {stage})
    recording = Recording(source, options.index, speech)
    return write_stage_audition(recording, preset, stage, start, end, out, progress=progress, cancelled=cancelled)
