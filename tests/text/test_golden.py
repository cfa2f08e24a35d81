"""Drawn text matches the reference pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from .golden_texts import FOLDER, PICTURES, draw_picture, fixed_fonts


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> Iterator[None]:
    with fixed_fonts():
        yield


@pytest.mark.parametrize("name", PICTURES)
def test_drawn_text_matches_its_reference_picture(name: str) -> None:
    pixels = draw_picture(PICTURES[name]).astype(int)
    reference = np.asarray(Image.open(FOLDER / f"{name}.png")).astype(int)
    difference = np.abs(pixels - reference).max(axis=-1)
    # Antialiasing may differ between versions of resvg.
    assert np.mean(difference) < 0.5
    assert np.mean(difference > 64) < 0.001


def test_drawing_is_reproducible() -> None:
    assert np.array_equal(draw_picture(PICTURES["emoji"]), draw_picture(PICTURES["emoji"]))
