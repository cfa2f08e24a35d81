"""Cuts against flashes, fast pans and changes of exposure."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from engine.perception import AnalysisFrame, is_cut
from tests.perception.scenes import Footage, Scene, Shot

PICTURES = ("coffee.png", "rocket.jpg", "chelsea.png", "retina.jpg", "astronaut.png", "brick.png", "gravel.png")


@pytest.mark.parametrize(("before", "after"), list(zip(PICTURES[:5], PICTURES[1:5] + PICTURES[:1], strict=True)))
def test_another_place_is_a_cut(before: str, after: str) -> None:
    footage = Footage(Shot(Scene(backdrop=before, present=False), 2), Shot(Scene(backdrop=after, present=False), 2))
    frames = list(footage.frames())
    assert [is_cut(*pair, footage.flow(pair[0].number)) for pair in pairwise(frames)] == [
        False, True, False,
    ]  # fmt: skip


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
