"""Pictures pass between arrays and Core Video's layouts without their padding."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError
from engine.perception.apple.pixel_map import PixelMap, bgra_rows, format_code, format_name
from fixtures import apple_results
from tests.perception.apple.vision import pixel_map


@pytest.mark.parametrize("kind", ["L008", "L00f", "2C0f", "2C0h", "hdis"])
def test_padding_is_left_out(kind: str) -> None:
    shape = (7, 13, 2) if kind.startswith("2C") else (7, 13)
    values = np.arange(np.prod(shape)).reshape(shape)
    found = pixel_map(apple_results.buffer(values, kind)).array()
    assert found.shape == shape
    assert np.array_equal(found, values)


def test_rows_of_bgra_have_the_stride_of_the_buffer() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 9, 3), dtype=np.uint8)
    found = PixelMap(9, 5, 64, "BGRA", bgra_rows(pixels, 64)).array()
    assert np.array_equal(found[..., 2::-1], pixels)
    assert np.all(found[..., 3] == 255)
    with pytest.raises(ValueError, match="do not fit"):
        bgra_rows(pixels, 32)


def test_a_pixel_format_is_named_by_four_characters() -> None:
    assert format_code("hdis") == 0x68646973
    assert format_name(0x42475241) == "BGRA"


@pytest.mark.parametrize("broken", [("420v", 64, bytes(640)), ("L00f", 8, bytes(640)), ("L00f", 64, bytes(100))])
def test_other_layouts_are_errors(broken: tuple[str, int, bytes]) -> None:
    kind, stride, data = broken
    with pytest.raises(EngineError, match="macOS returned"):
        PixelMap(10, 10, stride, kind, data).array()
