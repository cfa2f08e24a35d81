"""FLIP, compared with its authors' implementation."""

from __future__ import annotations

import numpy as np
import pytest

from engine.picture.flip import flip_map, mean_flip


def picture(seed: int, strength: float = 0.3) -> np.ndarray:
    """Ramps with a circle, and noise of its own."""
    y, x = np.mgrid[0:72, 0:96] / 96
    circle = ((x - 0.5) ** 2 + (y - 0.4) ** 2 < 0.05).astype(float)
    base = np.stack([x, y, 0.5 * x + 0.5 * circle], -1)
    return np.clip(base + np.random.default_rng(seed).normal(0, strength, base.shape), 0, 1).astype(np.float32)


@pytest.mark.parametrize("strength", [0.02, 0.3])
def test_it_agrees_with_the_reference(strength: float) -> None:
    from flip_evaluator import evaluate

    one, other = picture(1, strength), picture(2, strength)
    # The reference replaces its default distance by the one of its command line, which is this one.
    expected, mean, _ = evaluate(one, other, "LDR", inputsRGB=True, applyMagma=False)
    np.testing.assert_allclose(flip_map(one, other), expected[..., 0], atol=2e-3)
    assert mean_flip(one, other) == pytest.approx(mean, abs=5e-4)


def test_equal_pictures_have_no_difference_and_opposite_ones_much() -> None:
    one = picture(1)
    assert mean_flip(one, one) == 0
    assert mean_flip(np.zeros_like(one), np.ones_like(one)) > 0.9
