"""Invented text is distinguished from spoken text."""

from __future__ import annotations

import pytest

from engine.speech.hallucination_filter import compression, hallucination_reason

SPOKEN = [
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
    "No, no, no, no!",
    "Row, row, row your boat gently down the stream. Row, row, row your boat gently down the stream.",
    "Yes.",
    "",
]


@pytest.mark.parametrize("text", SPOKEN)
def test_spoken_text_is_kept(text: str) -> None:
    assert hallucination_reason(text, no_speech=0.1, log_probability=-0.4) is None


@pytest.mark.parametrize("text", ["thank you " * 12, "the " * 40, "I'm going to go to the " * 5, "ha" * 200])
def test_repetitive_text_is_dropped(text: str) -> None:
    assert hallucination_reason(text, no_speech=0.1, log_probability=-0.1) == "repeats itself"


def test_improbable_text_without_speech_is_dropped() -> None:
    assert hallucination_reason("Thanks for watching!", no_speech=0.8, log_probability=-1.3) == "no speech"
    assert hallucination_reason("Thanks for watching!", no_speech=0.8, log_probability=-0.3) is None
    assert hallucination_reason("Thanks for watching!", no_speech=0.2, log_probability=-1.3) is None


def test_a_loop_compresses_far_better_than_speech() -> None:
    assert compression("la la la " * 30) > 5 > 2 > compression(SPOKEN[0])
    assert compression("") == 0
