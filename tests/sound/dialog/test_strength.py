"""The strength of isolation is lower in its weaker stretches only, and changes smoothly."""

from __future__ import annotations

import numpy as np

from engine.sound.dialog.strength import StrengthCurve, WeakerStretch, describe_stretches

from .voices import RATE


def shares(curve: StrengthCurve, seconds: int, size: int) -> np.ndarray:
    """The strength at each sample, mixed in blocks of `size`."""
    count = seconds * RATE
    dry, wet = np.zeros(count, np.float32), np.ones(count, np.float32)
    return np.concatenate([curve.mix(dry[at : at + size], wet[at : at + size], at) for at in range(0, count, size)])


def test_strength_is_lower_within_a_stretch_only() -> None:
    curve = StrengthCurve(0.9, 6 * RATE, [WeakerStretch(2.0, 3.0, 0.5, "reason")])
    found = shares(curve, 6, 10_000)
    assert np.allclose(found[2 * RATE : 3 * RATE], 0.45, atol=1e-3)
    assert np.allclose(found[: round(1.4 * RATE)], 0.9, atol=1e-6)
    assert np.allclose(found[round(3.6 * RATE) :], 0.9, atol=1e-6)
    assert np.abs(np.diff(found)).max() < 0.9 / (0.2 * RATE)
    assert curve.least == 0.45
    assert list(describe_stretches(curve)) == ["0:02.0 to 0:03.0: isolation at 0.45, reason"]


def test_block_sizes_do_not_matter() -> None:
    curve = StrengthCurve(1.0, 3 * RATE, [WeakerStretch(0.0, 0.4, 0.0, "x"), WeakerStretch(2.8, 3.0, 0.75, "y")])
    assert np.array_equal(shares(curve, 3, 48_000), shares(curve, 3, 777))


def test_an_even_strength_has_one_value() -> None:
    assert np.array_equal(shares(StrengthCurve(0.5, RATE), 1, RATE), np.full(RATE, 0.5, np.float32))


def test_what_is_missing_in_a_weaker_stretch_comes_from_the_rest() -> None:
    curve = StrengthCurve(1.0, 4 * RATE, [WeakerStretch(1.0, 2.0, 0.75, "reason")])
    dry, wet = np.zeros(4 * RATE, np.float32), np.ones(4 * RATE, np.float32)
    found = curve.mix(dry, wet, 0, lambda start, stop: np.full(stop - start, 3, np.float32))
    assert np.allclose(found[RATE : 2 * RATE], 0.75 + 0.25 * 3, atol=1e-3)
    assert np.array_equal(found[3 * RATE :], wet[3 * RATE :])
