"""Interlaced footage is read as whole frames: one per recorded frame, at its time, without combing."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.ingest import Footage, inspect, picture_transform
from engine.picture import PictureSource
from fixtures.atoms import Atom, rewrite, sample_entry, tracks
from fixtures.containers import grey_frame, marked_interlaced, moving_bar, write_clip

_SIZE = (160, 96)
_FIELDS = "+ildct+ilme"


def _interlaced(path: Path, codec: str, form: str = "yuv420p", *, top_first: bool = True, frames: int = 8) -> Path:
    bars = [grey_frame(luma) for luma in moving_bar(frames, *_SIZE, top_first=top_first)]
    marked = marked_interlaced(bars, top_first=top_first)
    options = (
        {"flags": _FIELDS} if codec != "libx264" else {"x264-params": f"{'tff' if top_first else 'bff'}=1:keyint=4"}
    )
    if codec == "mpeg2video":
        options |= {"g": "4", "qmin": "1", "qmax": "2"}
    return write_clip(
        path, [frame.reformat(format=form) for frame in marked], codec, pixel_format=form, options=options
    )


def _combing(luma: NDArray[np.generic]) -> float:
    """The mean excess of the difference to the next line over that to the line after, relative to the contrast."""
    plane = luma.astype(float)
    near, far = np.abs(plane[1:-1] - plane[2:]).mean(), np.abs(plane[:-2] - plane[2:]).mean()
    return float((near - far) / np.ptp(plane))


def _lumas(footage: Footage) -> list[NDArray[np.generic]]:
    picture, grid = footage.probe.picture, footage.grid
    assert picture is not None
    assert grid is not None
    with PictureSource(footage.path, picture) as source:
        planes = [source.planes_at(pts) for pts in grid.pts]
        assert source.notes == []
    return [frame.samples[0][:, : frame.width].copy() for frame in planes]


@pytest.mark.parametrize("top_first", [True, False])
@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("camera.mov", "prores_ks", "yuv422p10le"),
        ("broadcast.mxf", "mpeg2video", "yuv420p"),
        ("avchd.mkv", "libx264", "yuv420p"),
        ("archive.mkv", "ffv1", "yuv420p"),
    ],
)
def test_deinterlaced_frames_have_no_combing(tmp_path: Path, name: str, codec: str, form: str, top_first: bool) -> None:
    footage = inspect(_interlaced(tmp_path / name, codec, form, top_first=top_first))
    picture = footage.probe.picture
    assert picture is not None
    assert (picture.field_order, picture.deinterlacer) == ("top" if top_first else "bottom", "bwdif")
    assert any("deinterlaced by bwdif" in note for note in footage.probe.notes)
    lumas = _lumas(footage)
    assert len(lumas) == picture.frames == 8
    woven = moving_bar(8, *_SIZE, top_first=top_first)
    assert _combing(woven[3]) > 0.04
    for number, luma in enumerate(lumas):
        assert _combing(luma) < 0.005
        # The frame has the time of its first field, whose bar begins at column 8 + 8 n.
        edge = np.flatnonzero(luma.mean(0) > luma.astype(float).mean(0).max() / 2)[0]
        assert edge == pytest.approx(8 + 8 * number, abs=1)


@pytest.mark.parametrize(("name", "codec"), [("long.mkv", "libx264"), ("long.mxf", "mpeg2video")])
def test_a_frame_is_the_same_after_any_seek(tmp_path: Path, name: str, codec: str) -> None:
    footage = inspect(_interlaced(tmp_path / name, codec, frames=14))
    picture, grid = footage.probe.picture, footage.grid
    assert picture is not None
    assert grid is not None
    in_order = _lumas(footage)
    for number in (13, 0, 8, 4, 12, 1, 9, 3):
        with PictureSource(footage.path, picture) as source:
            source.planes_at(grid.pts[-1])
            found = source.planes_at(grid.pts[number])
            assert np.array_equal(found.samples[0][:, : found.width], in_order[number])


def test_a_recording_that_becomes_interlaced_later_is_detected(tmp_path: Path) -> None:
    progressive = [grey_frame(luma) for luma in moving_bar(75, *_SIZE, top_first=True, fields=False)]
    woven = [grey_frame(luma) for luma in moving_bar(75, *_SIZE, top_first=True)]
    frames = [*progressive[:40], *marked_interlaced(woven, top_first=True)[40:]]
    options = {"flags": _FIELDS, "g": "5", "qmin": "1", "qmax": "2"}
    footage = inspect(write_clip(tmp_path / "mixed.mkv", frames, "mpeg2video", options=options))
    assert footage.probe.picture is not None
    assert footage.probe.picture.deinterlacer == "bwdif"


def test_a_field_order_only_in_the_container_is_used(tmp_path: Path) -> None:
    bars = [grey_frame(luma) for luma in moving_bar(6, *_SIZE, top_first=False)]
    path = write_clip(tmp_path / "png.mov", [bar.reformat(format="rgb24") for bar in bars], "png", pixel_format="rgb24")

    def declare(moov: Atom) -> None:
        entry = sample_entry(tracks(moov, "vide")[0])
        tail = Atom("fiel", struct.pack(">BB", 2, 14)).to_bytes()
        entry.head = entry.head[:78] + tail + entry.head[78:]

    rewrite(path, declare)
    footage = inspect(path)
    picture = footage.probe.picture
    assert picture is not None
    assert (picture.field_order, picture.flagged_frames, picture.deinterlacer) == ("bottom", False, "bwdif")
    assert all(_combing(luma) < 0.005 for luma in _lumas(footage))


def test_progressive_footage_is_not_filtered(tmp_path: Path) -> None:
    bars = [grey_frame(luma) for luma in moving_bar(4, *_SIZE, top_first=True, fields=False)]
    picture = inspect(write_clip(tmp_path / "plain.mov", bars)).probe.picture
    assert picture is not None
    assert (picture.field_order, picture.deinterlacer) == ("progressive", None)


def test_fields_stored_as_pictures_are_refused_with_advice(tmp_path: Path) -> None:
    bars = [grey_frame(luma) for luma in moving_bar(6, *_SIZE, top_first=True)]
    options = {"x265-params": "interlace=tff:log-level=none"}
    footage = inspect(write_clip(tmp_path / "fields.mp4", bars, "libx265", options=options))
    with pytest.raises(RequestError, match=r"fields is interlaced with a single field per picture") as error:
        picture_transform(footage, None)
    assert "weave" in error.value.hint


def test_telecined_film_is_noted(tmp_path: Path) -> None:
    film = [
        np.roll(luma, 3 * number, 1) for number, luma in enumerate(moving_bar(28, *_SIZE, top_first=True, fields=False))
    ]
    rng = np.random.default_rng(1)
    film = [np.clip(luma + rng.integers(0, 20, luma.shape), 0, 255).astype(np.uint8) for luma in film]
    frames = []
    for first in range(0, 24, 4):
        a, b, c, d = film[first : first + 4]
        for top, bottom in ((a, a), (b, b), (b, c), (c, d), (d, d)):
            woven = top.copy()
            woven[1::2] = bottom[1::2]
            frames.append(grey_frame(woven))
    marked = marked_interlaced(frames, top_first=True)
    path = tmp_path / "film.mkv"
    write_clip(path, marked, "ffv1", rate=Fraction(30_000, 1001), options={"flags": _FIELDS})
    assert any("telecine" in note for note in inspect(path).probe.notes)
