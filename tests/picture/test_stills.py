"""PNG files and contact sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import EngineError
from engine.picture import SheetFrame, SheetGrid, contact_sheet, filmstrip, write_png


def test_a_png_has_the_given_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)

    write_png(tmp_path / "frame.png", pixels)

    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "frame.png")), pixels)
    assert [path.name for path in tmp_path.iterdir()] == ["frame.png"]


def test_the_error_for_an_impossible_folder_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="file/deep cannot be created"):
        write_png(tmp_path / "file" / "deep" / "frame.png", np.zeros((2, 2, 3), np.uint8))


def flat(value: int, height: int = 36, width: int = 64) -> SheetFrame:
    return SheetFrame(np.full((height, width, 3), value, np.uint8), f"take {value}", "00:00:01:00")


def test_a_contact_sheet_shows_every_picture_with_its_caption() -> None:
    pictures = [flat(40 + 50 * n) for n in range(4)]
    grid = SheetGrid(240, 3)

    sheet = contact_sheet(pictures, grid)

    assert sheet.shape[1] == 240
    for n in range(4):
        assert (sheet == 40 + 50 * n).all(2).sum() >= 36 * 64
    uncaptioned = contact_sheet([SheetFrame(shown.picture) for shown in pictures], grid)
    assert uncaptioned.shape[0] < sheet.shape[0]
    headed = contact_sheet(pictures, grid, ("Harbour walk", "4 takes"))
    assert headed.shape[0] > sheet.shape[0]
    np.testing.assert_array_equal(contact_sheet(pictures, grid), sheet)


def test_a_cell_contains_pictures_of_every_shape() -> None:
    grid = SheetGrid(1920, 4)

    width, height = grid.cell
    assert 4 * width + 5 * grid.gap <= 1920
    assert grid.within(3840, 2160) == width
    assert grid.within(1080, 1920) == height * 9 // 16
    contact_sheet([flat(9, height, grid.within(1080, 1920)), flat(9, height, width)], grid)
    with pytest.raises(ValueError, match="larger than a cell"):
        contact_sheet([flat(9, height, width + 1)], grid)
    with pytest.raises(ValueError, match="needs pictures"):
        contact_sheet([], grid)


@given(st.integers(1, 40), st.integers(64, 700))
@settings(max_examples=30)
def test_a_filmstrip_has_the_requested_width_without_gaps(count: int, width: int) -> None:
    share = -(-width // count)

    strip = filmstrip([flat(100 + n, 20, share) for n in range(count)], width)

    assert strip.shape[1] == width
    row = strip[np.flatnonzero((strip[:, 0] == 100).all(1))[0]]
    assert sorted(set(row[:, 0].tolist())) == [100 + n for n in range(count)]
    assert (np.diff(row[:, 0].astype(int)) >= 0).all()


def test_a_filmstrip_needs_frames_that_fill_it() -> None:
    with pytest.raises(ValueError, match="needs frames"):
        filmstrip([], 640)
    with pytest.raises(ValueError, match="narrower"):
        filmstrip([flat(0)], 640)


def test_captions_use_available_letters_and_are_truncated() -> None:
    picture = np.zeros((36, 64, 3), np.uint8)
    grid = SheetGrid(80, 1)

    np.testing.assert_array_equal(
        contact_sheet([SheetFrame(picture, "Café")], grid), contact_sheet([SheetFrame(picture, "Cafe")], grid)
    )
    assert contact_sheet([SheetFrame(picture, "a name without an end " * 9, "00:00:01:00")], grid).shape[1] == 80
