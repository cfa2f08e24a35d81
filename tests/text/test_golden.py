"""Drawn text matches the reference pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from .golden_texts import FOLDER, PICTURES, drawn, the_same_fonts_everywhere


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> Iterator[None]:
    with the_same_fonts_everywhere():
        yield


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_was_looked_at(name: str) -> None:
    seen = drawn(PICTURES[name]).astype(int)
    kept = np.asarray(Image.open(FOLDER / f"{name}.png")).astype(int)
    away = np.abs(seen - kept).max(axis=-1)
    # Antialiasing may differ between versions of resvg.
    assert np.mean(away) < 0.5
    assert np.mean(away > 64) < 0.001


def test_the_same_text_has_the_same_picture() -> None:
    assert np.array_equal(drawn(PICTURES["emoji"]), drawn(PICTURES["emoji"]))
