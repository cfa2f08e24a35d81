"""White balance against colour-science."""

from __future__ import annotations

import numpy as np
import pytest

from engine.effects import FrameContext, render_array
from engine.effects.white_balance import WhiteBalanceEffect, light_chromaticity
from tests.effects.comparison import SIZES, assert_light, assert_windows, draft_difference, noise


@pytest.mark.parametrize(("temperature", "tint"), [(3200, 0), (5000, 20), (9000, -35), (6000, 0), (6000, 50)])
def test_an_adaptation_is_that_of_colour_science(temperature: float, tint: float) -> None:
    import colour

    space = colour.RGB_COLOURSPACES["ACEScg"]
    light = colour.xy_to_XYZ(light_chromaticity(temperature, tint))
    white = colour.xy_to_XYZ(space.whitepoint)
    adapted = colour.adaptation.matrix_chromatic_adaptation_VonKries(light, white, transform="Bradford")
    to_xyz = space.matrix_RGB_to_XYZ
    expected = np.linalg.inv(to_xyz) @ adapted @ to_xyz
    grey = to_xyz[1] @ expected @ np.ones(3) / to_xyz[1].sum()

    for size in SIZES:
        picture = noise(*size) * 2 - 0.2
        made = render_array([WhiteBalanceEffect(temperature=temperature, tint=tint)], picture)
        assert_light(made, picture @ expected.T / grey)


@pytest.mark.parametrize("temperature", [2200, 3200, 4500, 9000, 14000])
def test_temperatures_are_those_of_the_planckian_locus(temperature: float) -> None:
    import colour

    # From 6000 K, in CIE 1960 (u, v).
    moved = [
        colour.UCS_to_uv(colour.XYZ_to_UCS(colour.xy_to_XYZ(light_chromaticity(t, 0)))) for t in (temperature, 6000)
    ]
    planck = [colour.CCT_to_uv(np.array([t, 0]), method="Ohno 2013") for t in (temperature, 6000)]
    np.testing.assert_allclose(moved[0] - moved[1], planck[0] - planck[1], atol=5e-4)


def test_a_higher_temperature_is_warmer_and_a_higher_tint_more_magenta() -> None:
    grey = np.full((1, 1, 3), 0.18, np.float32)
    warm = render_array([WhiteBalanceEffect(temperature=8000)], grey)[0, 0]
    magenta = render_array([WhiteBalanceEffect(tint=40)], grey)[0, 0]

    assert warm[0] > warm[1] > warm[2]
    assert magenta[1] < min(magenta[0], magenta[2])
    for made in (warm, magenta):
        assert made @ [0.27222872, 0.67408177, 0.05368952] == pytest.approx(0.18, abs=1e-5)


def test_no_change_by_default_and_the_same_in_strips_and_drafts() -> None:
    picture = noise(16, 9)
    assert_light(render_array([WhiteBalanceEffect()], picture), picture, 1e-6)
    assert_windows([WhiteBalanceEffect(temperature=4000)], picture, FrameContext(9, 16))
    assert draft_difference([WhiteBalanceEffect(temperature=4000, tint=20)]) < 0.005
