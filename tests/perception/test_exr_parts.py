"""Products as OpenEXR: other software reads the parts back, with their models."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from engine.errors import EngineError
from engine.perception import (
    AnalysedTake,
    AnalysisFrame,
    PerceptionReader,
    ProviderSet,
    write_frame_parts,
    write_perception,
)
from tests.perception.stored_products import HEIGHT, RATE, WIDTH, Known, frames_between


def given(first: int, stop: int) -> Generator[AnalysisFrame]:
    return frames_between(first, stop, 10)


def test_openexr_reads_every_part_back(tmp_path: Path) -> None:
    known = ProviderSet(Known("person_mask", "selfie"), Known("optical_flow"), Known("depth_map"))
    write_perception(tmp_path / "pass", AnalysedTake("water", "d", RATE, range(10), (WIDTH, HEIGHT)), known, given)
    with PerceptionReader(tmp_path / "pass") as reader:
        write_frame_parts(tmp_path / "water.0004.exr", reader, 4)
        mask, depth, flow = reader.mask(4), reader.depth(4), reader.flow(4)
        with pytest.raises(EngineError, match="frame 10 has no masks"):
            write_frame_parts(tmp_path / "no.exr", reader, 10)
    with OpenEXR.File(str(tmp_path / "water.0004.exr"), separate_channels=True) as file:
        parts = {part.name(): part for part in file.parts}
        assert set(parts) == {"mask", "depth", "flow"}
        assert {name: part.channels.keys() for name, part in parts.items()} == {
            "mask": {"A", "trimap"},
            "depth": {"Z"},
            "flow": {"x", "y", "back.x", "back.y", "validity"},
        }
        assert all(one.pixels.dtype == np.float16 for part in parts.values() for one in part.channels.values())
        assert np.allclose(parts["mask"].channels["A"].pixels, mask.alpha, atol=1e-3)
        assert set(np.unique(parts["mask"].channels["trimap"].pixels)) == {0, 0.5, 1}
        assert np.allclose(parts["depth"].channels["Z"].pixels, depth.values, equal_nan=True)
        assert np.allclose(parts["flow"].channels["x"].pixels, flow.forward[..., 0] * HEIGHT, atol=1e-3)
        assert parts["flow"].channels["x"].pixels.max() == 1
        header = parts["mask"].header
        assert header["cleanwater:model"] == "selfie"
        assert header["cleanwater:modelDigest"] == "ab" * 32
        assert parts["depth"].header["cleanwater:unit"] == "relative"
