"""PNG files and contact sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.picture import contact_sheet, write_png


def test_a_png_holds_the_pixels_it_was_given(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)

    write_png(tmp_path / "frame.png", pixels)

    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "frame.png")), pixels)
    assert [path.name for path in tmp_path.iterdir()] == ["frame.png"]


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="file/deep cannot be made"):
        write_png(tmp_path / "file" / "deep" / "frame.png", np.zeros((2, 2, 3), np.uint8))


def test_a_contact_sheet_shows_every_picture_over_its_label() -> None:
    pictures = [
        (f"take {n} with a very long name indeed", np.full((40, 64, 3), 40 + 50 * n, np.uint8)) for n in range(4)
    ]

    sheet = contact_sheet(pictures, columns=3)

    for n in range(4):
        assert (sheet == 40 + 50 * n).all(2).sum() >= 40 * 64
    bare = contact_sheet([("", picture) for _, picture in pictures], columns=3)
    assert (sheet != bare).any()
    with pytest.raises(ValueError, match="needs pictures"):
        contact_sheet([], 3)
