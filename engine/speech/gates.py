"""Text that a speech model invented: on noise, on music, on silence, or going round in a loop."""

from __future__ import annotations

import zlib

from engine.speech.transcript import Doubt

# Whisper's own thresholds (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, 4.5):
# improbable where it doubts that anybody spoke, or text that compresses far better than speech does.
_NO_SPEECH = 0.6
_IMPROBABLE = -1.0
_REPETITIVE = 2.4

# People say "no, no, no"; nobody says four words the same way four times over.
_ROUNDS = 4
_LONG_ENOUGH = 12


def doubt(text: str, no_speech: float, log_probability: float) -> Doubt | None:
    """Why a stretch of text is thought invented; None where it is believed."""
    if no_speech > _NO_SPEECH and log_probability < _IMPROBABLE:
        return "no speech"
    return "repeats itself" if compression(text) > _REPETITIVE or _in_a_loop(text.casefold().split()) else None


def compression(text: str) -> float:
    """The text's bytes by those that zlib makes of them; 0 for no text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def _in_a_loop(words: list[str]) -> bool:
    """Whether the text goes round: a phrase at least four times in a row, twelve words of it or more."""
    for period in range(1, len(words) // _ROUNDS + 1):
        run = 0
        for here, before in zip(words[period:], words, strict=False):
            run = run + 1 if here == before else 0
            if run >= max((_ROUNDS - 1) * period, _LONG_ENOUGH - period):
                return True
    return False
