"""Foreground colours and trimaps: against truth, and against pymatting."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from engine.perception import BACKGROUND, FOREGROUND, UNKNOWN, estimate_foreground, trimap_of
from tests.perception.scenes import Floats, Scene


def composite(height: int = 180, width: int = 240) -> tuple[Floats, Floats, Floats]:
    """Light of a person with a soft edge in front of green, the alpha, and the person's light."""
    from scipy.ndimage import gaussian_filter

    scene = Scene(height, width)
    alpha = gaussian_filter(scene.alpha(0), 1)
    # The colours of the person are smooth, and go on beside its edge.
    person = gaussian_filter((scene.colours(0) / 255) ** 2.2, (height / 15, height / 15, 0))
    light = alpha[..., None] * person + (1 - alpha[..., None]) * np.array([0.02, 0.5, 0.03])
    return light.astype(np.float32), alpha, person.astype(np.float32)


def colour_difference(one: Floats, other: Floats, where: Floats) -> float:
    """The mean ΔE2000 of light with sRGB's primaries."""
    codes = [np.clip(light, 0, 1) ** (1 / 2.2) for light in (one, other)]
    return float(deltaE_ciede2000(*map(rgb2lab, codes))[where].mean())


@pytest.mark.parametrize("off", [0, 1])
def test_the_foreground_has_no_colour_of_the_background(off: int) -> None:
    light, alpha, person = composite()
    band = (alpha > 0.1) & (alpha < 0.9)
    foreground = estimate_foreground(light, trimap_of(np.roll(alpha, off, 1)))
    assert colour_difference(light, person, band) > 15
    assert colour_difference(foreground, person, band) < 3


def test_a_mask_that_is_a_pixel_off_spoils_the_foreground_of_pymatting_and_not_this_one() -> None:
    pymatting = pytest.importorskip("pymatting")
    light, alpha, person = composite()
    band = (alpha > 0.1) & (alpha < 0.9)
    mask = np.roll(alpha, 1, 1)
    peer = pymatting.estimate_foreground_ml(light.astype(float), mask.astype(float)).astype(np.float32)
    foreground = estimate_foreground(light, trimap_of(mask))
    assert colour_difference(foreground, person, band) < colour_difference(peer, person, band) / 2


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (33, 2)])
def test_any_size_has_a_foreground(size: tuple[int, int]) -> None:
    light = np.full((*size, 3), 2.5, np.float32)
    for alpha in (1.0, 0.5, 0.0):
        made = estimate_foreground(light, trimap_of(np.full(size, alpha, np.float32)))
        assert made.shape == light.shape
        assert np.isfinite(made).all()
    np.testing.assert_array_equal(estimate_foreground(light, np.full(size, FOREGROUND, np.uint8)), light)


def test_a_trimap_is_unknown_around_soft_values_only() -> None:
    alpha = np.zeros((100, 60), np.float32)
    alpha[:, 30:] = 1
    alpha[:, 29] = 0.5
    trimap = trimap_of(alpha, 0.03)
    assert set(np.flatnonzero(trimap[50] == UNKNOWN)) == set(range(26, 33))
    assert (trimap[:, :26] == BACKGROUND).all()
    assert (trimap[:, 33:] == FOREGROUND).all()
    assert (trimap_of(np.zeros((5, 4), np.float32)) == BACKGROUND).all()


@pytest.mark.parametrize("band", [0.01, 0.02, 0.05])
def test_a_trimap_is_that_of_a_square_window(band: float) -> None:
    from scipy.ndimage import maximum_filter, minimum_filter

    alpha = Scene(100, 80).alpha(0)
    size = 2 * round(band * 100) + 1
    codes = np.rint(alpha * 255)
    trimap = trimap_of(alpha, band)
    np.testing.assert_array_equal(trimap == FOREGROUND, minimum_filter(codes, size, mode="nearest") >= 243)
    np.testing.assert_array_equal(trimap == BACKGROUND, maximum_filter(codes, size, mode="nearest") <= 12)
