"""The viewer: the same bytes as the pipeline, in any order of access."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.catalog import Encoding, Picture
from engine.errors import EngineError
from engine.picture import PictureSource, Pipeline, Viewer
from engine.time import FrameGrid

from .frames import picture, write_film

WIDTH, HEIGHT, FRAMES = 96, 64, 24


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Picture, FrameGrid]:
    """Rotated H.264 with B-frames and a moving gradient; its grid repeats some frames."""
    path = tmp_path_factory.mktemp("film") / "take.mov"
    y, x = np.mgrid[0 : HEIGHT * 3 // 2, 0:WIDTH]
    frames = [np.where(y < HEIGHT, 40 + (x + 2 * y + 7 * n) % 160, 128).astype(np.uint8) for n in range(FRAMES)]
    times = write_film(path, frames, "yuv420p", "libx264", g="6", bf="2", crf="12")
    with av.open(str(path)) as container:
        base = Fraction(container.streams.video[0].time_base)
    grid = FrameGrid(Fraction(30), base, tuple(times), tuple(n * 4 // 5 for n in range(FRAMES)), True)
    return path, picture(WIDTH, HEIGHT, Encoding.REC709, rotation=-90), grid


@pytest.fixture
def viewer(take: tuple[Path, Picture, FrameGrid]) -> Iterator[Viewer]:
    with Viewer(take[0], take[1], Encoding.REC709, take[2]) as opened:
        yield opened


def test_frames_in_any_order_equal_those_of_the_pipeline(take: tuple[Path, Picture, FrameGrid], viewer: Viewer) -> None:
    path, probed, grid = take
    pipeline = Pipeline(probed, Encoding.REC709)
    with PictureSource(path, probed) as source:
        expected = [pipeline.view_rgb8(planes, 40) for planes in source.frames(grid)]
    order = list(range(FRAMES)) * 2
    random.Random(3).shuffle(order)

    for tick in order:
        shown = viewer.at(tick, 40)
        assert shown.dtype == np.uint8
        assert shown.shape == (60, 40, 3)
        np.testing.assert_array_equal(shown, expected[tick])
    np.testing.assert_array_equal(viewer.at(-5, 40), expected[0])
    np.testing.assert_array_equal(viewer.at(FRAMES + 5, 40), expected[-1])
    assert len({frame.tobytes() for frame in expected}) == len(set(grid.sources))


def test_a_frame_is_the_same_after_many_other_widths(take: tuple[Path, Picture, FrameGrid], viewer: Viewer) -> None:
    first = viewer.at(3, 24)
    for width in range(25, 37):
        assert viewer.at(3, width).shape[1] == width
    np.testing.assert_array_equal(viewer.at(3, 24), first)


def test_playback_in_order_does_not_seek(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.picture import decoder

    def seek(*arguments: object) -> None:
        raise AssertionError("sought")

    viewer.at(0, 16)
    monkeypatch.setattr(decoder._MovieDecoder, "_approach", seek)
    monkeypatch.setattr(decoder._MovieDecoder, "_rewind", seek)
    for tick in range(FRAMES):
        viewer.at(tick, 16)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not list open files")
def test_closing_the_viewer_closes_its_file(take: tuple[Path, Picture, FrameGrid]) -> None:
    def open_files() -> list[str]:
        links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
        return [str(link.readlink()) for link in links if link.is_symlink()]

    with Viewer(take[0], take[1], Encoding.REC709, take[2]) as opened:
        opened.at(9, 16)
        assert str(take[0]) in open_files()
    assert str(take[0]) not in open_files()
    opened.close()


def test_a_file_that_cannot_be_opened_or_decoded_is_an_error(
    tmp_path: Path, take: tuple[Path, Picture, FrameGrid]
) -> None:
    broken = tmp_path / "broken.mov"
    broken.write_bytes(b"no film at all")
    for path in (broken, tmp_path / "gone.mov"):
        with pytest.raises(EngineError, match="cannot be opened"):
            Viewer(path, take[1], Encoding.REC709, take[2])
    # The data of every picture is zeroed; the container is intact.
    whole = bytearray(take[0].read_bytes())
    with av.open(str(take[0])) as container:
        for packet in container.demux(video=0):
            if packet.size:
                whole[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    broken.write_bytes(whole)
    with Viewer(broken, take[1], Encoding.REC709, take[2]) as opened, pytest.raises(EngineError, match="No frame"):
        opened.at(3, 16)
