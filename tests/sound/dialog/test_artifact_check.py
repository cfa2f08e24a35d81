"""Damage to speech is detected, and only with enough evidence."""

import numpy as np

from engine.sound.dialog.analysis import analyze_levels
from engine.sound.dialog.artifact_check import compare_levels, with_words
from engine.sound.dialog.speech_estimate import estimate_speech, without_short_sounds
from engine.sound.dialog.word_losses import WordComparison, WordLoss
from fixtures.noises import clatter
from fixtures.rooms import in_room

from .voices import RATE, Samples, blocks, hiss, voice


def artifacts(after: Samples, gain: float = 0.0, clipped: int = 0, noise: float = 0.001):
    before = analyze_levels(blocks(voice() + hiss(len(voice()), noise)))
    curve = np.zeros(len(voice()) // 4800 + 1)
    curve[::2] = gain
    return compare_levels(before, analyze_levels(blocks(after)), before.speaking(None), curve, clipped)


def test_noise_removal_is_not_damage() -> None:
    for noise in (0.001, 0.01, 0.03, 0.06):
        report = artifacts(2 * voice(), noise=noise)
        assert report.faults == ()
        assert report.attenuated < 0.02
    assert artifacts(voice()).correlation > 0.98


def test_the_estimate_follows_the_clean_speech_rather_than_the_noise() -> None:
    noisy = analyze_levels(blocks(voice() + hiss(len(voice()), 0.03)))
    clean = without_short_sounds(analyze_levels(blocks(voice())).speech_band)
    estimate = estimate_speech(noisy)
    frames = estimate.reliable & noisy.speaking(None)
    assert frames.sum() > 50
    error = 10 * np.log10(estimate.speech[frames] / clean[frames])
    assert abs(np.median(error)) < 1
    assert np.percentile(np.abs(error), 90) < 3


def test_knocks_that_are_removed_are_no_damage_and_removed_speech_is() -> None:
    before = analyze_levels(blocks(voice() + np.float32(0.03) * clatter(len(voice()), 3)))
    cut = voice().copy()
    cut[RATE : 3 * RATE] *= 0.05

    found = [
        compare_levels(before, analyze_levels(blocks(after)), before.speaking(None), np.zeros(1), 0)
        for after in (voice(), cut)
    ]

    assert found[0].faults == ()
    assert found[0].attenuated < 0.02
    assert "attenuated" in "".join(found[1].faults)


def test_reverberation_that_is_removed_is_no_damage_and_removed_speech_is() -> None:
    cut = voice().copy()
    cut[RATE : 3 * RATE] *= 0.05
    before = analyze_levels(blocks(in_room(voice(), RATE, 0.5, seed=7, distance=1.0)))

    found = [
        compare_levels(before, analyze_levels(blocks(after)), before.speaking(None), np.zeros(1), 0, rt60=0.5)
        for after in (voice(), cut, hiss(len(voice()), 0.05))
    ]

    assert found[0].faults == ()
    assert "attenuated" in "".join(found[1].faults)
    assert "envelope correlation" in "".join(found[2].faults)


def test_attenuation_pumping_and_clipping_are_reported() -> None:
    cut = voice().copy()
    cut[RATE : 3 * RATE] *= 0.05

    assert "attenuated" in "".join(artifacts(cut).faults)
    assert "envelope correlation" in "".join(artifacts(hiss(len(voice()), 0.05)).faults)
    assert "pumps by 4.0 dB" in "".join(artifacts(voice(), gain=4).faults)
    assert "12 more samples clip" in "".join(artifacts(voice(), clipped=12).faults)


def losses(*expected: float) -> tuple[WordLoss, ...]:
    return tuple(WordLoss("word", 1.0, 2.0, one, one, one) for one in expected)


def test_one_changed_word_of_a_short_clip_is_no_fault() -> None:
    report = with_words(artifacts(voice()), WordComparison(20, 20, 19, 0, 0, losses(0.9), (0.9, 0.9)), 8.0)
    assert report.faults == ()
    assert report.agreement == 0.95
    assert (report.heard, report.heard_s, report.lost) == (20, 8.0, 0.9)


def test_many_lost_or_uncertain_words_are_a_fault() -> None:
    lost = WordComparison(20, 8, 8, 0, 0, losses(*[0.9] * 12), (0.9, 0.9))
    assert "about 11 of 20 recognised words are lost" in with_words(artifacts(voice()), lost, 8.0).faults
    garbled = WordComparison(20, 20, 7, 13, 2.0, (), (0.3, 0.4))
    assert "35% of the recognised words match" in "".join(with_words(artifacts(voice()), garbled, 8.0).faults)


def test_words_put_right_are_no_fault() -> None:
    restored = WordComparison(20, 24, 8, 0, 12.0, (), (0.4, 0.9))
    assert with_words(artifacts(voice()), restored, 8.0).faults == ()


def test_without_words_nothing_is_compared() -> None:
    report = artifacts(voice())
    assert with_words(report, None, 0.0) == with_words(report, WordComparison(), 3.0) == report
