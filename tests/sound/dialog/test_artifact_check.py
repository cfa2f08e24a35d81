"""Damage to speech is detected."""

import numpy as np
import pytest

from engine.sound.dialog.analysis import analyze_levels
from engine.sound.dialog.artifact_check import Words, compare_levels, compare_words

from .voices import RATE, Samples, blocks, hiss, voice


def changed(after: Samples, gain: float = 0.0, clipped: int = 0):
    before = analyze_levels(blocks(voice() + hiss(len(voice()), 0.001)))
    curve = np.zeros(len(voice()) // 4800 + 1)
    curve[::2] = gain
    return compare_levels(before, analyze_levels(blocks(after)), before.speaking(None), curve, clipped)


def test_a_voice_without_its_noise_is_no_harm() -> None:
    harm = changed(2 * voice())
    assert harm.faults == ()
    assert harm.correlation > 0.98
    assert harm.attenuated < 0.01


def test_swallowed_words_pumping_and_clipping_are_named() -> None:
    cut = voice().copy()
    cut[RATE : 3 * RATE] *= 0.05

    assert "attenuated" in "".join(changed(cut).faults)
    assert "envelope correlation" in "".join(changed(hiss(len(voice()), 0.05)).faults)
    assert "pumps by 4.0 dB" in "".join(changed(voice(), gain=4).faults)
    assert "12 more samples clip" in "".join(changed(voice(), clipped=12).faults)


@pytest.mark.parametrize(
    ("after", "sure", "bad"),
    [
        (("one", "two", "three", "four"), 0.9, False),
        (("one", "two", "tree", "fork"), 0.95, False),
        (("one", "two", "tree", "fork"), 0.5, True),
        ((), 0.0, True),
    ],
)
def test_words_that_change_are_bad_only_where_the_model_is_less_sure(
    after: tuple[str, ...], sure: float, bad: bool
) -> None:
    harm = compare_words(changed(voice()), Words(("one", "two", "three", "four"), 0.8), Words(after, sure))
    assert bool(harm.faults) is bad
    assert harm.confidence == (0.8, sure)
