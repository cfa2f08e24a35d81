"""Optical effects at another size: a large render, made smaller, is the small render."""

from __future__ import annotations

import numpy as np
import pytest

from engine.effects import Effect, render_array
from engine.effects.bloom import BloomEffect
from engine.effects.diffusion import DiffusionEffect
from engine.effects.halation import HalationEffect
from engine.effects.light_leak import LightLeakEffect
from engine.effects.streak import StreakEffect
from engine.effects.vignette import VignetteEffect

# HDR-FLIP's mean; a difference that is just visible is about .05.
GATE = 0.01
# AP1 to Rec.709 (ACES, D60 to D65 by Bradford).
_TO_709 = np.array(
    [
        [1.7050510, -0.6217921, -0.0832589],
        [-0.1302564, 1.1408047, -0.0105483],
        [-0.0240034, -0.1289690, 1.1529724],
    ]
)

EFFECTS = [
    BloomEffect(amount=0.5),
    DiffusionEffect(amount=0.4),
    HalationEffect(reflection=0.3),
    LightLeakEffect(),
    StreakEffect(amount=0.4),
    StreakEffect(amount=0.4, angle=30),
    VignetteEffect(stops=2),
]


def lights(height: int, width: int) -> np.ndarray:
    """A sky with lamps and a window, each several pixels large."""
    y, x = (np.mgrid[:height, :width] + 0.5) / height
    picture = np.repeat((0.05 + 0.3 * (1 - y))[..., None], 3, -1) * np.array([0.8, 0.9, 1.2])
    for number in range(12):
        chance = np.random.default_rng(number)
        left, top, radius = chance.uniform(0, width / height), chance.uniform(0.1, 0.9), chance.uniform(0.004, 0.02)
        lamp = np.clip((radius - np.hypot(x - left, y - top)) * 540 + 0.5, 0, 1)
        picture += lamp[..., None] * chance.uniform(2, 30) * np.array([1, 0.8, 0.5])
    return picture.astype(np.float32)


def flip(reference: np.ndarray, test: np.ndarray) -> float:
    import flip_evaluator

    pictures = [np.maximum(picture @ _TO_709.T, 0).astype(np.float32) for picture in (reference, test)]
    return float(flip_evaluator.evaluate(*pictures, "HDR")[1])


def halved(picture: np.ndarray) -> np.ndarray:
    height, width, channels = picture.shape
    return picture.reshape(height // 2, 2, width // 2, 2, channels).mean((1, 3))


def difference(effect: Effect, height: int, width: int, columns: slice = slice(None)) -> float:
    """`columns` of the small picture are compared: FLIP takes seconds for a large one."""
    large = lights(height, width)
    made, small = halved(render_array([effect], large)), render_array([effect], halved(large))
    return flip(np.ascontiguousarray(made[:, columns]), np.ascontiguousarray(small[:, columns]))


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.kind)
def test_a_draft_is_the_final_picture(effect: Effect) -> None:
    if isinstance(effect, StreakEffect):
        # No streak is thinner than a pixel of the draft.
        effect = effect.model_copy(update={"thickness": 3.0})
    assert difference(effect, 216, 384) <= GATE


@pytest.mark.slow
@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.kind)
def test_uhd_made_smaller_is_the_render_at_1080p(effect: Effect) -> None:
    assert difference(effect, 2160, 3840, slice(640, 1000)) <= GATE
