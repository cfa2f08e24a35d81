"""Palettes are perceptual: lightness grows evenly, and no colour is repeated."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import RequestError
from engine.science import palette, palette_names


def lightness(codes: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB codes, by another path than the palettes' own colour space."""
    encoded = codes / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(y > 0.008856, 116 * np.cbrt(y) - 16, 903.3 * y)


@pytest.mark.parametrize("name", palette_names())
def test_lightness_grows_in_each_step_of_a_palette(name: str) -> None:
    light = lightness(palette(name).astype(float))

    coarse = light[::8]
    assert (np.diff(coarse) > 1).all()
    assert (np.diff(light) > -0.35).all()
    assert (light[0], light[-1]) == (pytest.approx(0, abs=0.5), pytest.approx(100, abs=0.5))
    assert len({tuple(code) for code in palette(name).tolist()}) > 200


def test_an_unknown_palette_is_refused_with_the_names() -> None:
    with pytest.raises(RequestError, match="nebla") as refused:
        palette("nebla")
    assert "nebula" in refused.value.hint
