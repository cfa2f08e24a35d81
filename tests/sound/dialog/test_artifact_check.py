"""Damage to speech is detected."""

import numpy as np
import pytest

from engine.sound.dialog.analysis import analyze_levels
from engine.sound.dialog.artifact_check import Words, compare_levels, compare_words

from .voices import RATE, Samples, blocks, hiss, voice


def artifacts(after: Samples, gain: float = 0.0, clipped: int = 0):
    before = analyze_levels(blocks(voice() + hiss(len(voice()), 0.001)))
    curve = np.zeros(len(voice()) // 4800 + 1)
    curve[::2] = gain
    return compare_levels(before, analyze_levels(blocks(after)), before.speaking(None), curve, clipped)


def test_noise_removal_is_not_damage() -> None:
    report = artifacts(2 * voice())
    assert report.faults == ()
    assert report.correlation > 0.98
    assert report.attenuated < 0.01


def test_attenuation_pumping_and_clipping_are_reported() -> None:
    cut = voice().copy()
    cut[RATE : 3 * RATE] *= 0.05

    assert "attenuated" in "".join(artifacts(cut).faults)
    assert "envelope correlation" in "".join(artifacts(hiss(len(voice()), 0.05)).faults)
    assert "pumps by 4.0 dB" in "".join(artifacts(voice(), gain=4).faults)
    assert "12 more samples clip" in "".join(artifacts(voice(), clipped=12).faults)


@pytest.mark.parametrize(
    ("after", "confidence", "faulty"),
    [
        (("one", "two", "three", "four"), 0.9, False),
        (("one", "two", "tree", "fork"), 0.95, False),
        (("one", "two", "tree", "fork"), 0.5, True),
        ((), 0.0, True),
    ],
)
def test_changed_words_are_a_fault_only_at_lower_confidence(
    after: tuple[str, ...], confidence: float, faulty: bool
) -> None:
    report = compare_words(artifacts(voice()), Words(("one", "two", "three", "four"), 0.8), Words(after, confidence))
    assert bool(report.faults) is faulty
    assert report.confidence == (0.8, confidence)
