"""Text that a speech model invented: on noise, on music, on silence, or going round in a loop."""

from __future__ import annotations

import zlib

from engine.speech.repetition import loops
from engine.speech.transcript import Doubt

# Whisper's own thresholds (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, 4.5):
# improbable where it doubts that anybody spoke, or text that compresses far better than speech does.
_NO_SPEECH = 0.6
_IMPROBABLE = -1.0
_REPETITIVE = 2.4


def hallucination_reason(text: str, no_speech: float, log_probability: float) -> Doubt | None:
    """Why a stretch of text may be invented; None where it is believed.

    Text that repeats itself is only suspect: `engine.speech.repetition` compares it with the sound.
    """
    if no_speech > _NO_SPEECH and log_probability < _IMPROBABLE:
        return "no speech"
    return "repeats itself" if compression(text) > _REPETITIVE or loops(text.casefold().split()) else None


def compression(text: str) -> float:
    """The text's bytes by those that zlib makes of them; 0 for no text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
