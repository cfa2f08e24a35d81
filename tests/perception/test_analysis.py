"""Analysis frames: the SDR view at a small, even size, upright, by tick."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.errors import RequestError
from engine.ingest import Footage, inspect, picture_transform
from engine.perception import AnalysisFrame, analysis_frames
from engine.picture import PictureSource, Pipeline, small_size
from fixtures import clips


def analysed(footage: Footage, short_edge: int = 360, first: int = 0, stop: int | None = None) -> list[AnalysisFrame]:
    picture, grid = footage.probe.picture, footage.grid
    transform = picture_transform(footage, None)
    assert picture
    assert grid
    assert transform
    return list(analysis_frames(footage.path, picture, transform, grid, short_edge=short_edge, first=first, stop=stop))


def viewed(footage: Footage, tick: int, width: int) -> np.ndarray:  # type: ignore[type-arg]
    picture, grid = footage.probe.picture, footage.grid
    transform = picture_transform(footage, None)
    assert picture
    assert grid
    assert transform
    with PictureSource(footage.path, picture) as source:
        return Pipeline(picture, transform).view_rgb8(source.planes_at(grid.pts_at(tick)), width)


def test_frames_equal_the_sdr_view(small_take: Path) -> None:
    footage = inspect(small_take)
    frames = analysed(footage, 90, 3, 7)
    assert [frame.number for frame in frames] == [3, 4, 5, 6]
    assert [frame.time for frame in frames] == [Fraction(n, 30) for n in (3, 4, 5, 6)]
    for frame in frames:
        assert frame.pixels.dtype == np.uint8
        assert np.array_equal(frame.pixels, viewed(footage, frame.number, 160))


def test_frames_are_upright_and_even_and_not_larger_than_the_footage(tmp_path: Path) -> None:
    path = tmp_path / "turned.mov"
    clips.plain_take(path, 66, 50, 30, Fraction(1, 10), rotation=90, sound=False)
    footage = inspect(path)
    assert analysed(footage)[0].pixels.shape == (66, 50, 3)
    small = analysed(footage, 25)[0].pixels
    assert small.shape == (32, 24, 3)
    # The corners of the fixture have four colours: the small frame has them at the same places.
    large = viewed(footage, 0, 50)
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        difference = small[row, column].astype(int) - large[row, column].astype(int)
        assert np.abs(difference).max() < 40


@pytest.mark.parametrize(("size", "edge", "expected"), [
    ((1920, 1080), 360, (640, 360)), ((1081, 1921), 360, (360, 640)), ((37, 35), 360, (36, 34)), ((3, 1), 360, (2, 2)),
    ((1366, 768), 360, (640, 360)), ((4000, 10), 360, (4000, 10)),
])  # fmt: skip
def test_sizes(small_take: Path, size: tuple[int, int], edge: int, expected: tuple[int, int]) -> None:
    picture = inspect(small_take).probe.picture
    assert picture
    shape = {"display_width": size[0], "display_height": size[1]}
    assert small_size(picture.model_copy(update=shape), edge) == expected


def test_ticks_that_show_one_frame_share_its_pixels(small_take: Path) -> None:
    footage = inspect(small_take)
    picture, grid = footage.probe.picture, footage.grid
    assert picture
    assert grid
    doubled = grid.at_rate(Fraction(60))
    transform = picture_transform(footage, None)
    assert transform
    frames = list(analysis_frames(small_take, picture, transform, doubled, short_edge=36, first=10, stop=14))
    assert [frame.number for frame in frames] == [10, 11, 12, 13]
    sources = doubled.sources[10:14]
    for (a, b), (one, other) in zip(pairwise(frames), pairwise(sources), strict=True):
        assert (a.pixels is b.pixels) == (one == other)


def test_a_stream_that_is_not_used_to_its_end_closes_the_file(small_take: Path) -> None:
    footage = inspect(small_take)
    picture, grid = footage.probe.picture, footage.grid
    transform = picture_transform(footage, None)
    assert picture
    assert grid
    assert transform
    with closing(analysis_frames(small_take, picture, transform, grid, short_edge=36)) as frames:
        assert next(frames).number == 0
    assert str(small_take) not in {file.path for file in psutil.Process().open_files()}
    with pytest.raises(RequestError, match="no frame"):
        analysis_frames(small_take, picture, transform, grid, first=30)
