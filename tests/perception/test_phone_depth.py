"""The depth of a phone follows a take's frames by their times, upright and at their size."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError
from engine.perception import AnalysisFrame
from engine.perception.apple.disparity import disparity_values
from engine.perception.phone_depth import PhoneDepthProvider
from engine.picture import DisparityMovie, DisparityPicture
from fixtures import apple_results, cinematic
from tests.perception.apple.vision import pixel_map


class Recorded:
    """A disparity track of given pictures at 30 a second."""

    runtime = "recorded"

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.kept, self.starts = pictures, 0

    def pictures(self, start: Fraction = Fraction(0)):  # type: ignore[no-untyped-def]
        self.starts += 1
        for number in range(int(start * 30), len(self.kept)):
            yield DisparityPicture(Fraction(number, 30), self.kept[number].astype(np.float32))


def frame(time: Fraction, height: int = 54, width: int = 96) -> AnalysisFrame:
    return AnalysisFrame(0, time, np.zeros((height, width, 3), np.uint8))


def test_depth_is_near_where_the_disparity_is_large() -> None:
    buffer, _ = apple_results.disparity()
    values = disparity_values(pixel_map(buffer))
    depth = PhoneDepthProvider(Recorded([values] * 3), Fraction(1, 10)).depth(frame(Fraction(1, 30)))
    assert depth.unit == "relative"
    assert depth.values.shape == (54, 96)
    assert np.all(np.diff(depth.values[2]) >= 0)
    assert (float(depth.values[2, 0]), float(depth.values[2, -1])) == pytest.approx((0, 1), abs=0.02)
    assert np.isnan(depth.values[18, 45])
    assert not np.isnan(depth.values[40, 45])


def test_each_frame_has_the_picture_of_its_time() -> None:
    source = Recorded([np.full((9, 16), number / 40) for number in range(200)])
    provider = PhoneDepthProvider(source, Fraction(200, 30))
    provider.warm_up()
    known, source.starts = source.starts, 0
    times = [0, 3, 4, 30, 31, 180, 5]
    found = [float(provider.depth(frame(Fraction(n, 30) + Fraction(1, 120))).values[0, 0]) for n in times]
    assert np.allclose(np.diff(found) / (found[1] - found[0]) * 3, np.diff(times), rtol=1e-3)
    assert known == 12
    assert source.starts == 3, "the start, the leap ahead and the leap back"


def test_a_frame_without_a_picture_has_no_depth() -> None:
    depth = PhoneDepthProvider(Recorded([np.ones((9, 16)) * n for n in (1, 2)]), Fraction(1)).depth(
        frame(Fraction(1, 2))
    )
    assert np.isnan(depth.values).all()


def test_a_track_without_any_depth_is_an_error() -> None:
    with pytest.raises(EngineError, match="no depth"):
        PhoneDepthProvider(Recorded([np.full((9, 16), np.nan)]), Fraction(1, 30)).warm_up()


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_depth_is_upright(tmp_path: Path, rotation: int) -> None:
    codes = np.tile(np.linspace(0, 250, 96).astype(np.uint8), (54, 1))
    path = cinematic.take(tmp_path / "IMG_0001.MOV", [codes] * 2, rotation=rotation)
    provider = PhoneDepthProvider(DisparityMovie(path), Fraction(2, 30), rotation)
    height, width = (54, 96) if rotation == 180 else (96, 54)
    depth = provider.depth(frame(Fraction(0), height, width)).values
    ramp = {90: depth[::-1, 27], 180: depth[27, ::-1], -90: depth[:, 27]}[rotation]
    assert np.all(np.diff(ramp) > -0.01)
    assert ramp[-1] - ramp[0] > 0.9
