"""Shared parts of the tests of effects: pictures, and comparisons of two ways to render one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import flip_evaluator
import numpy as np
from numpy.typing import NDArray

from engine.effects import Effect, FrameContext, render_array

Floats = NDArray[np.float32]

LIGHT_TOLERANCE = 2e-4
SIZES = ((1, 1), (1, 7), (5, 1), (9, 16), (33, 47))
"""Odd sizes and single pixels, as (height, width)."""


def noise(height: int, width: int, channels: int = 3, seed: int = 1) -> Floats:
    """Light from 0 to 1, without any structure."""
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


def scene(height: int, width: int) -> Floats:
    """Light with gradients, edges, lines and a highlight of 8, the same at any size of at least 90 lines."""
    x, y = np.meshgrid((np.arange(width) + 0.5) / height, (np.arange(height) + 0.5) / height)
    sky = 0.05 + 0.5 * y[..., None] * np.array([0.9, 1.0, 1.3])
    wall = np.clip((x - 0.3 - 0.2 * y) * height + 0.5, 0, 1)[..., None]
    light = sky * (1 - 0.8 * wall) + 0.03
    stripes = 0.5 + 0.5 * np.sin(x * 60 + 20 * y * y)
    light = light * (1 + 0.5 * np.where(x > 0.9, stripes, 0)[..., None])
    lamp = np.clip((0.08 - np.hypot(x - 0.6, y - 0.3)) * height + 0.5, 0, 1)[..., None]
    return (light + lamp * np.array([8.0, 6.0, 3.0])).astype(np.float32)


def halved(light: Floats) -> Floats:
    """The mean of each two by two pixels."""
    height, width, channels = light.shape
    return light.reshape(height // 2, 2, width // 2, 2, channels).mean((1, 3))


def assert_light(made: Floats, expected: NDArray[np.floating], tolerance: float = LIGHT_TOLERANCE) -> None:
    """The same light: absolute up to 1, relative above."""
    error = np.abs(made - expected) / np.maximum(1, np.abs(expected))
    assert made.shape == expected.shape
    assert error.max() <= tolerance, f"{error.max():.2e} at {np.unravel_index(error.argmax(), error.shape)}"


def assert_windows(
    effects: Sequence[Effect],
    light: Floats,
    frame: FrameContext,
    sources: Mapping[str, Floats] | None = None,
    strip: int = 7,
) -> None:
    """Strips, rendered with the lines around them that the effects reach, have the bytes of the whole picture."""
    sources = sources or {}
    height = len(light)
    whole = render_array(effects, light, frame, sources)
    reach = sum(effect.reach(frame) for effect in effects)
    for first in range(0, height, strip):
        above, below = max(first - reach, 0), min(first + strip + reach, height)
        parts = {name: source[above:below] for name, source in sources.items()}
        part = render_array(effects, light[above:below], replace(frame, y=above), parts)
        np.testing.assert_array_equal(part[first - above : first - above + strip], whole[first : first + strip])


def flip(reference: Floats, test: Floats) -> float:
    """The mean HDR-FLIP of two pictures of light. Their primaries are taken for those of sRGB."""
    _, mean, _ = flip_evaluator.evaluate(
        np.maximum(reference, 0).astype(np.float32), np.maximum(test, 0).astype(np.float32), "HDR", applyMagma=False
    )
    return float(mean)


def draft_difference(
    effects: Sequence[Effect],
    height: int = 90,
    width: int = 160,
    sources: Mapping[str, Floats] | None = None,
    columns: slice = slice(None),
) -> float:
    """HDR-FLIP between a draft and the halved final picture. `sources` have the final picture's size.

    `columns` are those of the draft that are compared: FLIP takes seconds for a large picture.
    """
    light, sources = scene(2 * height, 2 * width), sources or {}
    final = render_array(effects, light, FrameContext(2 * width, 2 * height, sensor_height=18.66), sources)
    small = {name: halved(source) for name, source in sources.items()}
    draft = render_array(effects, halved(light), FrameContext(width, height, sensor_height=18.66), small)
    return flip(np.ascontiguousarray(halved(final)[:, columns]), np.ascontiguousarray(draft[:, columns]))
