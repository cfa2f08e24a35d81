"""Detects text that a speech model invented on noise, music or silence, or repeated in a loop."""

from __future__ import annotations

import zlib

from engine.speech.repetition import loops
from engine.speech.transcript import Doubt

# Whisper's thresholds (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, 4.5): text
# with a high no-speech and a low log probability, or text that compresses far better than speech.
_NO_SPEECH = 0.6
_IMPROBABLE = -1.0
_REPETITIVE = 2.4


def hallucination_reason(text: str, no_speech: float, log_probability: float) -> Doubt | None:
    """The reason why a segment's text may be invented; None if it is accepted.

    Text that repeats itself is only suspect: `engine.speech.repetition` compares it with the sound.
    """
    if no_speech > _NO_SPEECH and log_probability < _IMPROBABLE:
        return "no speech"
    return "repeats itself" if compression(text) > _REPETITIVE or loops(text.casefold().split()) else None


def compression(text: str) -> float:
    """The compression ratio of the text by zlib, in UTF-8 bytes; 0 for an empty text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
