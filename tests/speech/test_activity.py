"""Where somebody speaks, however long the recording is."""

from fractions import Fraction

import numpy as np

from engine.speech import speech_spans
from engine.speech.activity import RATE

from .voice import pause, spoken


def test_speech_is_found_in_blocks_and_across_windows() -> None:
    line = spoken("She sells sea shells by the sea shore.")
    silence = np.zeros(290 * RATE, np.float32)
    recording = np.concatenate([silence, line, pause(3), line, pause(6), line])

    found = speech_spans(np.array_split(recording, 37))

    assert len(found) == 3
    starts = [290, 290 + len(line) / RATE + 3, 290 + 2 * len(line) / RATE + 9]
    for (start, end), wanted in zip(found, starts, strict=True):
        assert abs(start - Fraction(wanted)) < Fraction(1, 2)
        assert abs(end - start - Fraction(len(line), RATE)) < 1
    assert speech_spans([np.zeros(RATE, np.float32)]) == []
    assert speech_spans([]) == []
