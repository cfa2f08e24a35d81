"""Colours are preserved for every pixel format of the decoders."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine.export import write_and_watch
from engine.ingest import inspect
from fixtures.containers import write_clip
from tests.permissions import EXPORT

_PATCHES = ((200, 40, 40), (40, 180, 60), (50, 60, 200), (128, 128, 128))


def _patches() -> np.ndarray:
    """Four squares of 32 pixels side by side, R′G′B′."""
    return np.repeat(np.repeat(np.array([_PATCHES], np.uint8), 32, 0), 32, 1)


@pytest.fixture(scope="module")
def as_rgb(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """The patches in the SDR view without pixel format conversion."""
    return _shown(tmp_path_factory.mktemp("rgb"), "plain.mov", "png", "rgb24")


def _shown(folder: Path, name: str, codec: str, form: str) -> np.ndarray:
    matrix = 2 if form in ("rgb24", "bgr0", "gbrp10le", "rgb48be") else 6
    frame = av.VideoFrame.from_ndarray(_patches(), format="rgb24")
    # FFmpeg converts small pictures with BT.601.
    frame = frame.reformat(format=form)
    path = write_clip(folder / name, [frame] * 2, codec, pixel_format=frame.format.name, tags=(1, 1, matrix))
    next(write_and_watch(EXPORT, inspect(path), Fraction(0), folder / f"{name}.png"))
    shown = np.asarray(Image.open(folder / f"{name}.png")).astype(float)
    return np.stack([shown[12:20, 32 * n + 12 : 32 * n + 20].mean((0, 1)) for n in range(4)])


@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("a.mkv", "ffv1", "yuv410p"),
        ("b.mkv", "ffv1", "yuv411p"),
        ("d.avi", "mjpeg", "yuvj420p"),
        ("f.mov", "png", "rgb48be"),
        ("g.mkv", "ffv1", "gbrp10le"),
        ("h.mkv", "ffv1", "yuv422p14le"),
        ("j.mov", "rawvideo", "uyvy422"),
    ],
)
def test_colours_are_the_same_in_every_pixel_format(
    tmp_path: Path, as_rgb: np.ndarray, name: str, codec: str, form: str
) -> None:
    assert _shown(tmp_path, name, codec, form) == pytest.approx(as_rgb, abs=5)


@pytest.mark.parametrize(("name", "form"), [("l.mkv", "gray"), ("m.mkv", "gray16le")])
def test_grey_footage_stays_grey_and_keeps_its_brightness(
    tmp_path: Path, as_rgb: np.ndarray, name: str, form: str
) -> None:
    shown = _shown(tmp_path, name, "ffv1", form)
    assert np.ptp(shown, axis=1).max() <= 1
    assert shown[3] == pytest.approx(as_rgb[3], abs=4)
