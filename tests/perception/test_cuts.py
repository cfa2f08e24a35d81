"""Cuts against flashes, fast pans and changes of exposure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from engine.perception import AnalysisFrame, OpticalFlow, is_cut, open_flow_provider
from engine.perception.tracks.cuts import CutFinder, colour_change
from engine.perception.tracks.motion import motion_of
from tests.perception.scenes import Footage, Scene, Shot

PICTURES = ("coffee.png", "rocket.jpg", "chelsea.png", "retina.jpg", "astronaut.png", "brick.png", "gravel.png")


@pytest.mark.parametrize(("before", "after"), list(zip(PICTURES[:5], PICTURES[1:5] + PICTURES[:1], strict=True)))
def test_another_place_is_a_cut(before: str, after: str) -> None:
    footage = Footage(Shot(Scene(backdrop=before, present=False), 2), Shot(Scene(backdrop=after, present=False), 2))
    frames = list(footage.frames())
    assert [is_cut(*pair, footage.flow(pair[0].number)) for pair in pairwise(frames)] == [
        False, True, False,
    ]  # fmt: skip


def flow_of(first: AnalysisFrame, second: AnalysisFrame) -> OpticalFlow:
    return open_flow_provider("fast").flow(first, second)


@pytest.mark.parametrize("backdrop", ["coffee.png", "astronaut.png"])
def test_another_picture_with_the_same_colours_is_a_cut(backdrop: str) -> None:
    (first,) = Footage(Shot(Scene(270, 480, backdrop=backdrop, present=False), 1)).frames()
    turned = AnalysisFrame(1, first.time, np.ascontiguousarray(first.pixels[::-1, ::-1]))
    assert colour_change(first, turned) < 0.01
    assert is_cut(first, turned, flow_of(first, turned))


def test_a_jump_of_the_whole_picture_is_no_cut() -> None:
    (wide,) = Footage(Shot(Scene(270, 570, backdrop="rocket.jpg", present=False), 1)).frames()
    views = [np.ascontiguousarray(wide.pixels[:, 90 * n : 90 * n + 480]) for n in (0, 1)]
    first, second = (AnalysisFrame(n, wide.time, view) for n, view in enumerate(views))
    flow = flow_of(first, second)
    assert flow.validity.mean() < 0.15
    assert not is_cut(first, second, flow)


def test_grain_has_no_cut_at_every_frame() -> None:
    generator = np.random.default_rng(1)
    frames = [AnalysisFrame(n, Fraction(n, 30), generator.integers(0, 255, (90, 160, 3), np.uint8)) for n in range(6)]
    cuts, provider = CutFinder(), open_flow_provider("fast")
    found = [cuts.ends_shot(*pair, motion_of(provider.flow(*pair))) for pair in pairwise(frames)]
    assert not any(found[1:])


@pytest.mark.parametrize("gain", [0.3, 0.7, 1.6, 2.5])
def test_a_flash_is_no_cut(gain: float) -> None:
    footage = Footage(Shot(Scene(gain=lambda number: gain if number == 1 else 1.0), 3))
    first, flash, last = footage.frames()
    assert not is_cut(first, flash, footage.flow(0))
    assert not is_cut(flash, last, footage.flow(1))


@pytest.mark.parametrize("speed", [2, 10, 25])
def test_a_pan_is_no_cut(speed: int) -> None:
    scene = Scene(present=False, background=lambda number: (-speed * number, 0))
    footage = Footage(Shot(scene, 3))
    first, second, _ = footage.frames()
    assert not is_cut(first, second, footage.flow(0))


def test_a_pan_that_the_flow_does_not_follow_is_no_cut() -> None:
    scene = Scene(present=False, background=lambda number: (-30.0 * number, 0))
    footage = Footage(Shot(scene, 1), Shot(replace(scene, person=lambda number: (1, 1)), 1))
    (first,) = Footage(Shot(scene, 1)).frames()
    second = scene.frame(1)
    assert not is_cut(first, second, footage.flow(0))


def test_black_to_a_picture_is_a_cut() -> None:
    footage = Footage(Shot(Scene(gain=lambda number: 0.0), 1), Shot(Scene(), 1))
    first, second = footage.frames()
    assert is_cut(first, second, footage.flow(0))
    assert is_cut(second, AnalysisFrame(2, second.time, first.pixels), footage.flow(0))
