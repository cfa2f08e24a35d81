"""A draft with a look is the final picture at another size."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.looks import TakeLook, load_look, look_names
from engine.picture import Pipeline
from tests.picture.frames import linear_planes, picture

# The mean HDR-FLIP. A film print at 360 lines has 0.012, the natural look 0.002.
GATE = 0.025


def scene(width: int, height: int) -> np.ndarray:
    """Soft shapes over four stops, skin tones and small bright lamps."""
    y, x = np.mgrid[0:height, 0:width] / height
    light = 0.05 + 0.4 * (0.5 + 0.5 * np.sin(5 * x) * np.cos(4 * y))[..., None] * np.array([1.0, 0.72, 0.55])
    for at, size, level in (((0.4, 0.3), 0.02, 30.0), ((1.2, 0.6), 0.035, 12.0), ((1.5, 0.2), 0.015, 60.0)):
        distance = np.hypot(x - at[0], y - at[1]) / size
        light = light + level * np.exp(-(distance**4))[..., None] * np.array([1.0, 0.8, 0.5])
    return light.astype(np.float32)


def difference(look: str, size: tuple[int, int]) -> float:
    """The mean HDR-FLIP between a draft of half the size and the final picture, averaged to it; in light."""
    import flip_evaluator

    width, height = size
    planes, exr = linear_planes(scene(width, height)), picture(width, height, Encoding.EXR)
    pipeline = Pipeline(exr, Encoding.EXR, look=TakeLook(load_look(look), Fraction(24)))
    final, draft = pipeline.linear(planes), pipeline.linear(planes, width=width // 2)
    averaged = final.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3)).astype(np.float32)
    _, mean, _ = flip_evaluator.evaluate(averaged, draft, "HDR", inputsRGB=False, computeMeanError=True)
    return float(mean)


def test_a_draft_of_a_film_print_is_its_final_picture() -> None:
    assert difference("film-print", (640, 360)) < GATE


@pytest.mark.slow
@pytest.mark.parametrize("look", look_names())
def test_a_1080p_draft_of_any_look_is_the_uhd_picture(look: str) -> None:
    assert difference(look, (3840, 2160)) < GATE
