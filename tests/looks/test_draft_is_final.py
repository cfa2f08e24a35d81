"""A draft with a look is the final picture at another size.

Grain is left out of the comparison: a draft has grain of the same size and strength, but not the same grains.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.looks import TakeLook, load_look, look_names
from engine.picture import LookSource, Pipeline
from tests.looks.given_sources import GivenSources
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


def analysed() -> GivenSources:
    """A person on the left, and a depth that falls upwards."""
    y, x = np.mgrid[0:90, 0:160] / 90
    person = np.clip((0.35 - np.hypot(x - 0.5, y - 0.6)) * 20, 0, 1).astype(np.float32)
    depth = np.clip(y, 0.1, 1).astype(np.float32)
    made = {"person": person, "depth": np.maximum(depth, person)}
    return GivenSources({name: lambda time, step, one=one: LookSource(one) for name, one in made.items()})


def difference(look: str, size: tuple[int, int]) -> float:
    """The mean HDR-FLIP between a draft of half the size and the final picture, averaged to it; in light."""
    import flip_evaluator

    width, height = size
    planes, exr = linear_planes(scene(width, height)), picture(width, height, Encoding.EXR)
    whole = load_look(look)
    smooth = replace(whole, effects=tuple(one for one in whole.effects if one.effect.kind != "grain"))
    pipeline = Pipeline(exr, Encoding.EXR, look=TakeLook(smooth, Fraction(24), analysed()))
    final, draft = pipeline.linear(planes), pipeline.linear(planes, width=width // 2)
    averaged = final.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3)).astype(np.float32)
    _, mean, _ = flip_evaluator.evaluate(averaged, draft, "HDR", inputsRGB=False, computeMeanError=True)
    return float(mean)


def test_a_draft_of_a_film_print_is_its_final_picture() -> None:
    assert difference("film-print", (640, 360)) < GATE


def test_a_draft_has_grain_of_the_same_strength() -> None:
    size, whole = (640, 360), load_look("film-print")
    grain = replace(whole, effects=tuple(one for one in whole.effects if one.effect.kind == "grain"))
    planes = linear_planes(np.full((size[1], size[0], 3), 0.18, np.float32))
    pipeline = Pipeline(picture(*size, Encoding.EXR), Encoding.EXR, look=TakeLook(grain, Fraction(24)))
    final, draft = pipeline.linear(planes), pipeline.linear(planes, width=320)
    averaged = final.reshape(180, 2, 320, 2, 3).mean((1, 3))
    assert draft.std((0, 1)) == pytest.approx(averaged.std((0, 1)), rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("look", look_names())
def test_a_1080p_draft_of_any_look_is_the_uhd_picture(look: str) -> None:
    assert difference(look, (3840, 2160)) < GATE
