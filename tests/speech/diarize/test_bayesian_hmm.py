"""The hidden Markov model weighs evidence by its certainty."""

from __future__ import annotations

import numpy as np

from engine.speech.diarize.bayesian_hmm import HmmScales, refine

AXES = np.eye(192, dtype=np.float32)
WHOLE = np.ones(24)


def test_a_speaker_without_evidence_of_its_own_is_dropped() -> None:
    voices = np.repeat(AXES[:2], 12, axis=0)
    groups = np.repeat([0, 2, 1], [9, 3, 12])
    certain, stay = np.full(24, 0.7), np.full(24, 0.2)
    assert refine(voices, certain, WHOLE[: len(voices)], stay, groups, HmmScales()).shape == (24, 2)
    assert refine(voices, certain, WHOLE[: len(voices)], stay, groups, HmmScales(), keep_all=True).shape == (24, 3)


def test_an_uncertain_voice_goes_with_its_stretch_and_a_certain_one_does_not() -> None:
    voices = np.concatenate([np.repeat(AXES[:1], 9, axis=0), np.repeat(AXES[1:2], 9, axis=0)])
    voices[4] = AXES[1]
    groups = np.repeat([0, 1], 9)
    stay = np.full(18, 0.95)
    for certainty, speaker in ((0.05, 0), (0.9, 1)):
        certain = np.full(18, 0.8)
        certain[4] = certainty
        assert refine(voices, certain, WHOLE[: len(voices)], stay, groups, HmmScales())[4].argmax() == speaker
