"""The view of arrays on the GPU is that of OpenColorIO's CPU."""

from __future__ import annotations

import numpy as np

from engine.picture import to_display, view_rgb8_of


def test_an_array_is_shown_as_by_the_cpu() -> None:
    generator = np.random.default_rng(1)
    light = (generator.uniform(0, 4, (1030, 9, 1)) * generator.uniform(0.5, 1, (1030, 9, 3))).astype(np.float16)

    shown = view_rgb8_of(light)

    expected = to_display(light.astype(np.float32), "sdr") * 255
    assert np.abs(shown - expected).max() <= 2
    assert np.abs(shown - expected).mean() < 0.3
