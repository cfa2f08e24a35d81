"""Draft proxies: the picture of the exact viewer, upright and at its own times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.catalog import Encoding
from engine.errors import EngineError
from engine.picture import Viewer, write_draft
from engine.picture.draft import draft_size
from engine.time import FrameGrid

from .frames import picture, write_film

WIDTH, HEIGHT, FRAMES = 640, 360, 12


@pytest.mark.parametrize(
    ("encoding", "rotation", "mirrored"),
    [(Encoding.HLG, -90, False), (Encoding.APPLE_LOG, 180, True), (Encoding.REC709, 90, True)],
)
def test_a_draft_shows_what_the_viewer_shows(tmp_path: Path, encoding: Encoding, rotation: int, mirrored: bool) -> None:
    y, x = np.mgrid[0 : HEIGHT * 3 // 2, 0:WIDTH]
    luma = [120 + (x + y) * 600 // (WIDTH + HEIGHT) + 8 * n for n in range(FRAMES)]
    chroma = np.where(y < HEIGHT * 5 // 4, 440, 560)
    frames = [np.where(y < HEIGHT, plane, chroma).astype(np.uint16) for plane in luma]
    film = tmp_path / "IMG 1, 'it's.mov"
    times = write_film(film, frames, "yuv420p10le", "libx265", crf="8", **{"x265-params": "log-level=error"})
    with av.open(str(film)) as container:
        base = Fraction(container.streams.video[0].time_base)
    # The take begins with the third frame; an edit list hides the first two.
    shown, origin = tuple(times[2:]), times[2] * base
    grid = FrameGrid(Fraction(24), base, shown, tuple(range(len(shown))), False, origin)
    probed = picture(WIDTH, HEIGHT, encoding, rotation=rotation, mirrored=mirrored)
    out = tmp_path / "draft.mp4"

    write_draft(out, film, probed, encoding, grid)

    with av.open(str(out)) as movie, Viewer(film, probed, encoding, grid) as viewer:
        drafted = list(movie.decode(video=0))
        assert (drafted[0].width, drafted[0].height) == draft_size(probed)
        assert [frame.time for frame in drafted] == pytest.approx([float(pts * base - origin) for pts in shown])
        for tick in (0, len(shown) - 1):
            exact = viewer.at(tick, drafted[0].width).astype(float)
            draft = drafted[tick].to_ndarray(format="rgb24").astype(float)
            assert np.abs(draft - exact).mean() < 3
            assert np.percentile(np.abs(draft - exact), 99) < 10


def test_a_film_without_a_frame_that_decodes_has_no_draft(tmp_path: Path) -> None:
    film = tmp_path / "film.mov"
    times = write_film(film, [np.full((96, 64), 128, np.uint8)] * 2, "yuv420p", "libx264")
    grid = FrameGrid(Fraction(24), Fraction(1, 24), (times[-1] + 10**6,), (0,), False)

    with pytest.raises(EngineError, match="no draft"):
        write_draft(tmp_path / "draft.mp4", film, picture(64, 64, Encoding.REC709), Encoding.REC709, grid)

    assert [path.name for path in tmp_path.iterdir()] == ["film.mov"]
