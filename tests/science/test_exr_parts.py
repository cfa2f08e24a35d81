"""Parts that are compressed in strips are one OpenEXR file, with each sample in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR

from engine.science import ArrayPlane
from engine.science.exr_parts import ExrPart, UprightRows, write_parts


def test_strips_and_parts_become_one_file(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    # More rows than a strip, and no whole number of chunks.
    plane, half = generator.random((537, 11), np.float32), generator.random((537, 11)).astype(np.float16)
    plane[3, 4] = np.nan
    other = generator.random((537, 11), np.float32)
    path = tmp_path / "parts.exr"
    parts = [
        ExrPart("a part", {"Y": UprightRows(ArrayPlane(plane), scale=2.0, empty=-1.0), "half": half}, {"note": "N"}),
        ExrPart("other", {"Y": other}, {}),
    ]

    write_parts(path, parts, tmp_path)

    with OpenEXR.File(str(path), separate_channels=True) as file:
        first, second = file.parts
        assert first.header["note"] == "N"
        np.testing.assert_array_equal(first.channels["Y"].pixels, np.nan_to_num(plane * 2, nan=-1.0)[::-1])
        np.testing.assert_array_equal(first.channels["half"].pixels, half)
        np.testing.assert_array_equal(second.channels["Y"].pixels, other)
    assert [left.name for left in tmp_path.iterdir()] == ["parts.exr"]
