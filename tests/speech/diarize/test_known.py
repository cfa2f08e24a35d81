"""Voices that were named are found again, each once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from engine.speech.diarize import KnownVoice, Voice, recognised


def unit(*values: float) -> tuple[float, ...]:
    return tuple(np.array(values) / np.linalg.norm(values))


def voice(name: str, *values: float) -> Voice:
    return Voice(id=name, seconds=Fraction(9), embedding=unit(*values))


ADA = KnownVoice(name="Ada", embeddings=(unit(1, 0, 0), unit(0.9, 0.4, 0)))
BEN = KnownVoice(name="Ben", embeddings=(unit(0, 1, 0),))


def test_a_voice_like_a_known_one_has_its_name() -> None:
    assert recognised([voice("S1", 0, 1, 0.2), voice("S2", 1, 0.1, 0)], [ADA, BEN]) == {"S1": "Ben", "S2": "Ada"}


def test_a_stranger_has_none() -> None:
    assert recognised([voice("S1", 0, 0, 1)], [ADA, BEN]) == {}


def test_a_name_goes_to_the_closest_only() -> None:
    assert recognised([voice("S1", 0.8, 0, 0.6), voice("S2", 1, 0, 0)], [ADA]) == {"S2": "Ada"}


def test_voices_of_another_model_are_like_none() -> None:
    assert recognised([voice("S1", 1, 0)], [ADA, BEN]) == {}
    assert recognised([], [ADA]) == {}
    assert recognised([voice("S1", 1, 0, 0)], []) == {}
