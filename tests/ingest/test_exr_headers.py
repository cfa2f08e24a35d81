"""Pixel aspect, deep data, parts and windows of an OpenEXR header are used or noted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from engine.errors import RequestError
from engine.ingest import inspect

_SIZE = (24, 32)


def _exr(path: Path, channels: dict[str, Any] | None = None, **header: Any) -> Path:
    plain = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
    OpenEXR.File(plain | header, channels or {"RGB": np.full((*_SIZE, 3), 0.18, np.float16)}).write(str(path))
    return path


def test_an_anamorphic_exr_is_shown_in_square_pixels(tmp_path: Path) -> None:
    picture = inspect(_exr(tmp_path / "scope.exr", pixelAspectRatio=2.0)).probe.picture
    assert picture is not None
    assert (picture.pixel_aspect, picture.display_width, picture.display_height) == (Fraction(2), 64, 24)


def test_a_deep_image_is_refused_with_advice(tmp_path: Path) -> None:
    samples = np.empty(_SIZE, object)
    for place in np.ndindex(*_SIZE):
        samples[place] = np.ones(2, np.float32)
    deep = {"type": OpenEXR.deepscanline, "compression": OpenEXR.ZIPS_COMPRESSION}
    path = _exr(tmp_path / "smoke.exr", dict.fromkeys("RGBAZ", samples), **deep)
    with pytest.raises(RequestError, match=r"smoke\.exr is a deep image") as error:
        inspect(path)
    assert "Flatten" in error.value.hint


def test_parts_are_noted_and_the_first_is_read(tmp_path: Path) -> None:
    plain = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
    parts = [
        OpenEXR.Part(dict(plain), {"RGB": np.full((*_SIZE, 3), 0.18, np.float16)}, "beauty"),
        OpenEXR.Part(dict(plain), {"Z": np.ones(_SIZE, np.float32)}, "depth"),
    ]
    OpenEXR.File(parts).write(str(tmp_path / "parts.exr"))
    assert "2 parts (beauty, depth): the first is read" in inspect(tmp_path / "parts.exr").probe.notes


@pytest.mark.parametrize(
    ("display", "expected"),
    [
        (((-4, -4), (40, 30)), "smaller than the display window"),
        (((4, 4), (20, 16)), "larger than the display window"),
        (((4, 4), (60, 50)), "overlap"),
        (((0, 0), (31, 23)), ""),
    ],
)
def test_a_display_window_of_another_size_is_noted(tmp_path: Path, display: Any, expected: str) -> None:
    windows = {"dataWindow": ((0, 0), (31, 23)), "displayWindow": display}
    footage = inspect(_exr(tmp_path / "window.exr", **windows))
    assert footage.probe.picture is not None
    assert footage.probe.picture.width == display[1][0] - display[0][0] + 1
    assert any("display window" in note and expected in note for note in footage.probe.notes) == bool(expected)
