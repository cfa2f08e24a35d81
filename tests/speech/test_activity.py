"""Voice activity detection in recordings of any length."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.sound import speech_blocks
from engine.speech import speech_spans
from engine.speech.activity import RATE
from fixtures.wav import write_wav

from .voice import pause, spoken


def test_speech_is_found_in_blocks_and_across_windows() -> None:
    line = spoken("She sells sea shells by the sea shore.")
    silence = np.zeros(290 * RATE, np.float32)
    recording = np.concatenate([silence, line, pause(3), line, pause(6), line])

    found = speech_spans(np.array_split(recording, 37))

    assert len(found) == 3
    starts = [290, 290 + len(line) / RATE + 3, 290 + 2 * len(line) / RATE + 9]
    for (start, end), expected in zip(found, starts, strict=True):
        assert abs(start - Fraction(expected)) < Fraction(1, 2)
        assert abs(end - start - Fraction(len(line), RATE)) < 1
    assert speech_spans([np.zeros(RATE, np.float32)]) == []
    assert speech_spans([]) == []


@pytest.mark.parametrize(
    ("gains", "offset"), [((1, -1), 0.0), ((1, -0.3), 0.0), ((1e-3, 1e-3), 0.0), ((0.5, 0.5), 0.4), ((0, 0.5), 0.0)]
)
def test_speech_is_found_in_faulty_channels(tmp_path: Path, gains: tuple[float, float], offset: float) -> None:
    """Phase-inverted, at −60 dB, with a constant offset, or on one channel only: speech is detected the same."""
    line = np.concatenate([pause(1), spoken("She sells sea shells by the sea shore."), pause(1)])
    samples = (line[:, None] * gains + offset).astype(np.float32)
    (plain,) = speech_spans([line])
    (found,) = speech_spans(speech_blocks(write_wav(tmp_path / "a.wav", samples, RATE)))
    assert all(abs(ours - theirs) < Fraction(1, 5) for ours, theirs in zip(found, plain, strict=True))
