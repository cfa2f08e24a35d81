"""Background blur and relight on generated footage whose foreground, background and mask are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

from engine.effects import FrameContext, GivenSource, describe_chain, render_array
from engine.effects.background_blur import BackgroundBlurEffect
from engine.effects.relight import RelightEffect
from engine.errors import RequestError
from engine.picture import ANALYSED
from engine.render import Image
from tests.effects.comparison import Floats, assert_windows, flip, halved, noise

HEIGHT, WIDTH = 270, 400
BLUR = BackgroundBlurEffect(radius=2)
LIT = RelightEffect(stops=1, background=-1, side=0)


@cache
def footage(lines: int = HEIGHT) -> tuple[Floats, Floats, Floats]:
    """A warm person with a soft edge before a wall with lamps: the person's light, the wall's, and the mask."""
    columns = lines * WIDTH // HEIGHT
    x, y = np.meshgrid((np.arange(columns) + 0.5) / lines, (np.arange(lines) + 0.5) / lines)
    inside = np.maximum(0.17 - np.hypot(x - 0.7, y - 0.3), 0.3 - np.hypot(x - 0.7, (y - 0.95) * 0.7))
    mask = np.clip(inside / 0.012 + 0.5, 0, 1)
    person = (0.5 + 0.2 * np.sin(40 * y))[..., None] * np.array([0.9, 0.5, 0.35])
    wall = (0.12 + 0.05 * np.sin(25 * x + 9 * y))[..., None] * np.array([0.6, 0.8, 1.2])
    lamps = np.zeros(x.shape)
    for across, down in ((0.15, 0.2), (0.3, 0.7), (1.2, 0.3), (1.3, 0.8), (0.47, 0.3), (0.95, 0.32)):
        lamps += np.clip(1.5 - np.hypot(x - across, y - down) / 0.01, 0, 1)
    wall = wall + lamps[..., None] * np.array([6.0, 4.0, 2.0])
    return person.astype(np.float32), wall.astype(np.float32), mask.astype(np.float32)


def composite(person: Floats, wall: Floats, mask: Floats) -> Floats:
    return (mask[..., None] * person + (1 - mask[..., None]) * wall).astype(np.float32)


def blurred(wall: Floats, radius: float) -> Floats:
    """The wall in discs of a radius in pixels."""
    reach = int(np.ceil(radius)) + 1
    x, y = np.meshgrid(*(np.arange(-reach, reach + 1),) * 2)
    disc = np.clip(radius - np.hypot(x, y) + 0.5, 0, 1)
    padded = np.pad(wall, ((reach, reach), (reach, reach), (0, 0)), "edge")
    made = [fftconvolve(padded[..., n], disc / disc.sum(), mode="valid") for n in range(3)]
    return np.stack(made, -1).astype(np.float32)


def bands(mask: Floats) -> tuple[np.ndarray, np.ndarray]:
    """The edge of the person, and the background close to it."""
    edge = (mask > 0.02) & (mask < 0.98)
    return edge, (gaussian_filter(mask, 4) > 0.02) & (mask < 0.02)


def test_a_blurred_background_is_the_true_composite_without_a_rim() -> None:
    person, wall, mask = footage()
    radius = 0.02 * HEIGHT
    made = render_array([BLUR], composite(person, wall, mask), None, {"person": mask})
    truth = composite(person, blurred(wall, radius), mask)
    edge, beside = bands(mask)
    luma = (made - truth) @ np.array([0.27, 0.67, 0.06])
    # Neither a dark nor a bright rim, nor the warm colour of the person beside it.
    assert abs(luma[edge].mean()) < 0.01
    assert np.percentile(np.abs(luma[edge]), 95) < 0.08
    assert abs(luma[beside].mean()) < 0.02
    red_excess = (made - truth)[..., 0] - (made - truth)[..., 2]
    assert abs(red_excess[beside].mean()) < 0.02
    assert np.abs(made - truth)[mask == 1].max() < 2e-3
    # A blur that does not know the person spreads its light.
    halo = composite(person, blurred(composite(person, wall, mask), radius), mask) - truth
    assert halo[beside, 0].mean() > 5 * abs((made - truth)[beside, 0].mean())


def test_a_background_without_a_person_is_a_disc_and_keeps_its_light() -> None:
    _, wall, mask = footage()
    none = np.zeros_like(mask)
    made = render_array([BLUR], wall, None, {"person": none})
    np.testing.assert_allclose(made.mean((0, 1)), blurred(wall, 0.02 * HEIGHT).mean((0, 1)), rtol=0.01)
    assert flip(blurred(wall, 0.02 * HEIGHT), made) < 0.02
    everyone = render_array([BLUR], wall, None, {"person": np.ones_like(mask)})
    np.testing.assert_allclose(everyone, wall, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("effect", [BLUR, RelightEffect(), RelightEffect(shape="depth")], ids=lambda one: one.kind)
def test_a_draft_is_the_final_picture_at_half_its_size(effect: BackgroundBlurEffect | RelightEffect) -> None:
    large = footage(2 * HEIGHT)
    final_light, mask = composite(*large), large[2]
    depth = gaussian_filter(mask, 12).astype(np.float32)
    final = render_array([effect], final_light, None, {"person": mask, "depth": depth})
    small = {"person": halved(mask[..., None]), "depth": halved(depth[..., None])}
    draft = render_array([effect], halved(final_light), None, small)
    assert flip(halved(final), draft) < 0.02


def test_relight_gains_people_and_what_is_behind_them_apart() -> None:
    person, wall, mask = footage()
    made = render_array([LIT], composite(person, wall, mask), None, {"person": mask})
    truth = composite(2 * person, wall / 2, mask)
    np.testing.assert_allclose(made[mask == 1], truth[mask == 1], rtol=1e-5)
    np.testing.assert_allclose(made[mask == 0], truth[mask == 0], rtol=1e-5)
    luma = (made - truth) @ np.array([0.27, 0.67, 0.06])
    edge, _ = bands(mask)
    assert abs(luma[edge].mean()) < 0.02
    # A gain by the mask alone leaves a rim of three times that.
    naive = composite(person, wall, mask) * (0.5 + 1.5 * mask[..., None]) - truth
    assert np.abs(luma[edge]).mean() < np.abs((naive @ np.array([0.27, 0.67, 0.06]))[edge]).mean() / 2


@pytest.mark.parametrize("shape", ["mask", "depth"])
@pytest.mark.parametrize(("angle", "axis", "first"), [(90, 1, False), (270, 1, True), (0, 0, True)])
def test_the_side_towards_the_light_is_brighter(shape: str, angle: float, axis: int, first: bool) -> None:
    y, x = np.mgrid[-1:1:120j, -1:1:120j]
    ball = np.clip((0.7 - np.hypot(x, y)) * 20, 0, 1).astype(np.float32)
    depth = np.sqrt(np.clip(0.49 - x * x - y * y, 0, 1)).astype(np.float32)
    effect = RelightEffect(stops=0, background=0, side=1, angle=angle, shape=shape)  # type: ignore[arg-type]
    grey = np.full((120, 120, 3), 0.2, np.float32)
    made = render_array([effect], grey, None, {"person": ball, "depth": depth})[..., 0]
    early, late = (np.nanmean(part) for part in np.split(np.where(ball == 1, made, np.nan), 2, axis))
    bright, dark = (early, late) if first else (late, early)
    assert bright > 0.21 > 0.19 > dark
    np.testing.assert_allclose(made[ball == 0], 0.2, rtol=1e-4)


@pytest.mark.parametrize("effect", [BLUR, RelightEffect()], ids=lambda one: one.kind)
def test_alpha_stays_and_strips_have_the_bytes_of_the_whole(effect: BackgroundBlurEffect | RelightEffect) -> None:
    mask = np.clip(noise(90, 24, 1) * 3 - 1, 0, 1)
    picture = noise(90, 24, 4)
    made = render_array([effect], picture, FrameContext(24, 90), {"person": mask})
    np.testing.assert_array_equal(made[..., 3], picture[..., 3])
    small = effect.model_copy(update={"softness": 1.0} if effect.kind == "relight" else {})
    assert_windows([small], noise(90, 24), FrameContext(24, 270), {"person": mask}, strip=30)


def test_without_confidence_the_picture_stays_as_it_is() -> None:
    size = {"picture": Image(64, 36), ANALYSED + "person": Image(16, 9, "r32float")}
    for effect in (BLUR, RelightEffect()):
        assert effect.faded({"person": 0.0}).model_dump() != effect.model_dump()
        topologies = {
            describe_chain([effect], FrameContext(64, 36), "picture", size, {"person": GivenSource(one)}).topology
            for one in (1.0, 0.6, 0.2)
        }
        assert len(topologies) <= 2
        light, mask = noise(36, 64), noise(36, 64, 1)
        np.testing.assert_allclose(
            render_array([effect.faded({"person": 0.0})], light, None, {"person": mask}), light, rtol=1e-5, atol=1e-6
        )


def test_a_missing_mask_is_an_error_with_the_command_that_makes_it() -> None:
    with pytest.raises(RequestError, match=r"background_blur.*mask of the people") as refused:
        render_array([BLUR], noise(2, 2))
    assert refused.value.hint == "Make it: cwtui perceive TAKE --mask"
