"""Masks, depth and flow of takes in the picture pipelines: their places, times and confidence."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.effects import Effect
from engine.effects.exposure import ExposureEffect
from engine.effects.motion_blur import MotionBlurEffect
from engine.effects.transform import TransformEffect
from engine.errors import RequestError
from engine.looks import ClipLook, Look, LookEffect, TakeLook, TakeMoments
from engine.picture import Compositor, Layer, LinearCompositor, LookSource, OutputSpec, Pipeline
from engine.time import FrameGrid
from tests.looks.given_sources import GivenSources, left_half, still
from tests.picture.frames import linear_planes, picture, rgb_planes

SIZE = (32, 16)
BRIGHT_PERSON = ExposureEffect(stops=1, mask="person")


def look(*effects: Effect) -> Look:
    return Look("mine", "Mine", "physical", tuple(LookEffect(one.kind, one) for one in effects))


def light(made: Look, sources: GivenSources | None, grey: np.ndarray | None = None, number: int = 0) -> np.ndarray:
    """The light of a frame of grey 0.25 with a look."""
    scene = np.full((SIZE[1], SIZE[0], 3), 0.25, np.float32) if grey is None else grey
    shown = TakeLook(made, Fraction(24), sources)
    pipeline = Pipeline(picture(scene.shape[1], scene.shape[0], Encoding.EXR), Encoding.EXR, look=shown)
    return pipeline.linear(linear_planes(scene), number)


def test_a_mask_of_another_size_limits_an_effect_to_its_place() -> None:
    made = light(look(BRIGHT_PERSON), still("person", left_half()))
    np.testing.assert_array_equal(made[:, :14], 0.5)
    np.testing.assert_array_equal(made[:, 18:], 0.25)
    beside = light(look(ExposureEffect(stops=1, mask="person", mask_invert=True)), still("person", left_half()))
    np.testing.assert_array_equal(beside + made, 0.75)


@pytest.mark.parametrize(("confidence", "expected"), [(1.0, 0.5), (0.5, 0.375), (0.0, 0.25)])
def test_confidence_fades_an_effect(confidence: float, expected: float) -> None:
    made = light(look(BRIGHT_PERSON), still("person", np.ones((4, 8)), confidence))
    np.testing.assert_allclose(made, expected, rtol=1e-3)


def test_the_confidence_of_frames_changes_uniforms_only() -> None:
    def person(time: Fraction, step: Fraction) -> LookSource:
        return LookSource(np.ones((4, 8), np.float32), float(time * 24 / 10))

    frames = Pipeline(
        picture(*SIZE, Encoding.EXR),
        Encoding.EXR,
        look=TakeLook(look(BRIGHT_PERSON), Fraction(24), GivenSources({"person": person})),
    )
    scene = linear_planes(np.full((SIZE[1], SIZE[0], 3), 0.25, np.float32))
    means = [float(frames.linear(scene, number).mean()) for number in range(11)]
    np.testing.assert_allclose(means, 0.25 + 0.025 * np.arange(11), rtol=2e-3)


def test_a_cropped_picture_has_the_part_of_the_mask_that_it_shows() -> None:
    spec = OutputSpec(8, 16, fit="fill", anchor=Fraction(1, 2))
    wide = rgb_planes(np.full((SIZE[1], SIZE[0], 3), 0.25))
    shown = TakeLook(look(BRIGHT_PERSON), Fraction(24), still("person", left_half(32, 16)))
    made = Pipeline(picture(*SIZE, Encoding.SRGB), Encoding.SRGB, spec, look=shown).run(wide)
    # The edge of the mask is in the middle of the crop.
    assert np.ptp(made.y[:, :3]) <= 1
    assert made.y[:, :3].mean() > made.y[:, 5:].mean() + 15


def test_a_backdrop_around_the_picture_has_no_mask() -> None:
    spec = OutputSpec(32, 64, background=None)
    shown = TakeLook(look(BRIGHT_PERSON), Fraction(24), still("person", np.ones((4, 8))))
    plain = Pipeline(picture(*SIZE, Encoding.SRGB), Encoding.SRGB, spec)
    masked = Pipeline(picture(*SIZE, Encoding.SRGB), Encoding.SRGB, spec, look=shown)
    planes = rgb_planes(np.full((SIZE[1], SIZE[0], 3), 0.25))
    more = masked.run(planes).y.astype(int) - plain.run(planes).y
    assert (np.abs(more[:20]) <= 1).all()
    assert (more[26:38] > 15).all()
    assert (np.abs(more[44:]) <= 1).all()


def test_a_dissolve_has_the_mask_of_each_take() -> None:
    def clip(mask: np.ndarray, seed: int) -> Layer:
        encoding = Encoding.EXR
        shown = ClipLook(look(BRIGHT_PERSON), Fraction(0), seed, given=still("person", mask), shown=Fraction(0))
        scene = linear_planes(np.full((SIZE[1], SIZE[0], 3), 0.25, np.float32))
        return Layer(picture(*SIZE, encoding), encoding, scene, 0.5, shown)

    left = left_half(32, 16)
    (made,) = LinearCompositor(*SIZE).stream([([clip(left, 0), clip(1 - left, 1)], None)])
    np.testing.assert_allclose(made, 0.375)
    (movie,) = Compositor(OutputSpec(*SIZE), "as-shot").stream([([clip(left, 0), clip(1 - left, 1)], None)])
    assert np.ptp(movie.y) <= 1


def test_a_moved_picture_takes_its_mask_with_it() -> None:
    moved = TransformEffect(x=50)
    made = light(look(moved, BRIGHT_PERSON), still("person", left_half(32, 16)))
    # By half of the height: 8 pixels; the rest is transparent.
    np.testing.assert_allclose(made[:, 9:23], 0.5, rtol=1e-3)
    np.testing.assert_allclose(made[:, 25:], 0.25, rtol=1e-3)


def test_flow_is_that_until_the_next_shown_frame_and_turns_with_the_picture() -> None:
    scene = np.zeros((32, 32, 3), np.float32)
    scene[16, 16] = 1

    def flow(time: Fraction, step: Fraction) -> LookSource:
        # To the right by a quarter of the height in a frame of 1/24 s.
        across = np.zeros((4, 4, 2), np.float32)
        across[..., 0] = 0.25 * float(step * 24)
        return LookSource(across)

    streak = MotionBlurEffect(shutter=360, limit=20)
    made = light(look(streak), GivenSources({"flow": flow}), scene)[..., 0]
    assert np.flatnonzero(made.sum(0) > 0.01).size > 5
    assert np.flatnonzero(made.sum(1) > 0.01).tolist() == [16]
    turned = light(look(TransformEffect(rotation=90), streak), GivenSources({"flow": flow}), scene)[..., 0]
    assert np.flatnonzero(turned.sum(1) > 0.01).size > 5
    assert np.flatnonzero(turned.sum(0) > 0.01).size == 1


def test_a_missing_source_is_refused_with_the_command_that_makes_it() -> None:
    with pytest.raises(RequestError, match="The look mine reads the mask of the people") as refused:
        light(look(BRIGHT_PERSON), None)
    assert refused.value.hint == "Make it: cwtui perceive TAKE --mask"
    with pytest.raises(RequestError, match="optical flow"):
        light(look(MotionBlurEffect()), still("person", left_half()))


@pytest.mark.parametrize(
    ("every", "rate", "steps"),
    [(1, 24, [Fraction(1, 24)] * 4), (2, 12, [Fraction(1, 12)] * 2), (1, 12, [Fraction(1, 24)] * 4)],
)
def test_frames_that_play_faster_or_slower_have_the_sources_of_their_recorded_times(
    every: int, rate: int, steps: list[Fraction]
) -> None:
    sources = tuple(range(0, 4, every))
    grid = FrameGrid(Fraction(rate), Fraction(1, 24), (10, 11, 12, 13), sources, False, Fraction(10, 24))
    found = [TakeMoments(grid).at(tick) for tick in range(len(sources))]
    assert [time for time, _ in found] == [Fraction(tick, 24) for tick in sources]
    assert [step for _, step in found] == steps
