"""Alpha is kept in EXR frames and composited over black everywhere else."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.export import write_and_watch
from engine.ingest import inspect
from engine.picture import write_exr
from engine.picture.planes import Planes
from fixtures.containers import write_clip
from tests.permissions import EXPORT

_WIDTH, _HEIGHT = 64, 48


def _striped() -> NDArray[np.uint8]:
    """White: opaque at the left, half transparent in the middle, transparent at the right."""
    rgba = np.full((_HEIGHT, _WIDTH, 4), 255, np.uint8)
    rgba[:, 24:40, 3] = 128
    rgba[:, 40:, 3] = 0
    return rgba


def _stills(path: Path, folder: Path) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    footage = inspect(path)
    assert footage.probe.picture is not None
    assert footage.probe.picture.alpha
    next(write_and_watch(EXPORT, footage, Fraction(0), folder / "out.exr"))
    next(write_and_watch(EXPORT, footage, Fraction(0), folder / "out.png"))
    exr = OpenEXR.File(str(folder / "out.exr")).channels()["RGBA"].pixels
    return np.asarray(exr, np.float32), np.asarray(Image.open(folder / "out.png"))


@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("title.mov", "prores_ks", "yuva444p10le"),
        ("title.mov", "png", "rgba"),
        ("title.mkv", "ffv1", "yuva420p"),
        ("title.mov", "qtrle", "argb"),
    ],
)
def test_alpha_is_kept_in_exr_and_composited_over_black_elsewhere(
    tmp_path: Path, name: str, codec: str, form: str
) -> None:
    frame = av.VideoFrame.from_ndarray(_striped(), format="rgba").reformat(format=form)
    options = {"profile": "4444", "alpha_bits": "16"} if codec == "prores_ks" else {}
    path = write_clip(tmp_path / name, [frame] * 2, codec, pixel_format=form, tags=(1, 1, 1), options=options)
    exr, png = _stills(path, tmp_path)
    left, middle, right = slice(4, 20), slice(28, 36), slice(44, 60)
    assert exr.shape == (_HEIGHT, _WIDTH, 4)
    assert exr[:, left, 3] == pytest.approx(1, abs=0.01)
    assert exr[:, middle, 3] == pytest.approx(0.5, abs=0.02)
    assert exr[:, right] == pytest.approx(0, abs=0.01)
    # Colours are premultiplied by alpha in linear light.
    assert exr[:, middle, 1].mean() == pytest.approx(exr[:, left, 1].mean() / 2, rel=0.05)
    assert png[:, left].min() > 150
    assert png[:, right].max() < 10
    assert 20 < png[:, middle].mean() < png[:, left].mean() - 20


def test_alpha_that_is_not_decoded_is_noted(tmp_path: Path) -> None:
    frame = av.VideoFrame.from_ndarray(_striped(), format="rgba").reformat(format="yuv420p")
    path = write_clip(tmp_path / "title.webm", [frame] * 2, "libvpx-vp9", tags=(1, 1, 1), metadata={"alpha_mode": "1"})
    probe = inspect(path).probe
    assert probe.picture is not None
    assert not probe.picture.alpha
    assert any("alpha is not decoded (vp9 in Matroska)" in note for note in probe.notes)


def test_an_exr_keeps_its_alpha(tmp_path: Path) -> None:
    pixels = np.full((24, 32, 4), 0.5, np.float32)
    pixels[:, 16:] = 0
    write_exr(tmp_path / "in.exr", pixels)
    exr, _ = _stills(tmp_path / "in.exr", tmp_path)
    assert np.array_equal(exr, pixels)


@pytest.mark.parametrize("subsampling", [(0, 0), (1, 0), (1, 1)])
def test_over_black_blends_every_plane_with_its_black_level(subsampling: tuple[int, int]) -> None:
    across, down = (1 << step for step in subsampling)
    luma = np.full((9, 12), 200, np.uint8)
    chroma = np.full((-(-9 // down), -(-12 // across)), 60, np.uint8)
    alpha = np.zeros((9, 11), np.float32)
    alpha[:, :4] = 1
    planes = Planes((luma, chroma, chroma), 11, 9, 8, subsampling, 1, False, alpha=alpha)
    shown = planes.over_black()
    assert shown.layout == planes.layout
    assert (shown.samples[0][:, :4] == 200).all()
    assert (shown.samples[0][:, 4:11] == 16).all()
    assert (shown.samples[1][:, : 4 // across] == 60).all()
    assert (shown.samples[1][:, -(-4 // across) : 11 // across] == 128).all()
    assert shown.over_black() is shown
