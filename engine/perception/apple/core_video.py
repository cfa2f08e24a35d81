"""CVPixelBuffer through PyObjC, on macOS: pictures into buffers, and buffers as copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import Quartz
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.apple.pixel_map import PixelMap, bgra_rows, format_code, format_name

_READ_ONLY = 1


def pixel_buffer(pixels: NDArray[np.uint8]) -> Any:
    """A BGRA buffer with an RGB picture. PyObjC releases it with its last reference."""
    height, width, _ = pixels.shape
    attributes: dict[Any, Any] = {Quartz.kCVPixelBufferIOSurfacePropertiesKey: {}}
    error, buffer = Quartz.CVPixelBufferCreate(None, width, height, format_code("BGRA"), attributes, None)
    if error or buffer is None:
        raise EngineError(f"macOS cannot create a picture (error {error}).", "Close other programs.")
    _lock(buffer, 0)
    try:
        rows = bgra_rows(pixels, Quartz.CVPixelBufferGetBytesPerRow(buffer))
        # The base address has no length of its own.
        Quartz.CVPixelBufferGetBaseAddress(buffer).as_buffer(len(rows))[:] = rows
    finally:
        Quartz.CVPixelBufferUnlockBaseAddress(buffer, 0)
    return buffer


def pixel_map(buffer: Any) -> PixelMap:
    """A copy of a buffer without planes. A reader reuses the buffer's memory once its sample is released."""
    _lock(buffer, _READ_ONLY)
    try:
        height = Quartz.CVPixelBufferGetHeight(buffer)
        bytes_per_row = Quartz.CVPixelBufferGetBytesPerRow(buffer)
        return PixelMap(
            Quartz.CVPixelBufferGetWidth(buffer),
            height,
            bytes_per_row,
            format_name(Quartz.CVPixelBufferGetPixelFormatType(buffer)),
            bytes(Quartz.CVPixelBufferGetBaseAddress(buffer).as_buffer(height * bytes_per_row)),
        )
    finally:
        Quartz.CVPixelBufferUnlockBaseAddress(buffer, _READ_ONLY)


def _lock(buffer: Any, flags: int) -> None:
    if error := Quartz.CVPixelBufferLockBaseAddress(buffer, flags):
        raise EngineError(f"macOS cannot read a picture of its own (error {error}).", "Try it again.")
