"""Pictures in Core Video's pixel formats: rows with padding, as arrays and from arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError

# Samples and channels of a pixel by its format (CVPixelBuffer.h). All are in the byte order of the Mac, little-endian.
_FORMATS: Mapping[str, tuple[str, int]] = {
    "BGRA": ("u1", 4),
    "L008": ("u1", 1),
    "L016": ("<u2", 1),
    "L00h": ("<f2", 1),
    "L00f": ("<f4", 1),
    "2C0h": ("<f2", 2),
    "2C0f": ("<f4", 2),
    "hdis": ("<f2", 1),
    "fdis": ("<f4", 1),
    "hdep": ("<f2", 1),
    "fdep": ("<f4", 1),
}
_OPAQUE = 255


@dataclass(frozen=True, slots=True, eq=False)
class PixelMap:
    """A copy of a CVPixelBuffer without planes: `data` has `height` rows of `bytes_per_row` bytes.

    `format` is the four characters of its pixel format. The last row may lack its padding.
    """

    width: int
    height: int
    bytes_per_row: int
    format: str
    data: bytes

    def array(self) -> NDArray[Any]:
        """The pixels without padding: (height, width), or (height, width, channels) of formats with several.

        Raises EngineError for a format that no provider requests, and for rows that are too short.
        """
        if self.format not in _FORMATS:
            raise EngineError(f"macOS returned a picture in the pixel format “{self.format}”.", "Update Cleanwater.")
        kind, channels = _FORMATS[self.format]
        sample = np.dtype(kind)
        row = self.width * channels * sample.itemsize
        needed = self.bytes_per_row * (self.height - 1) + row
        if self.bytes_per_row < row or len(self.data) < needed:
            raise EngineError(
                f"macOS returned a picture of {self.width}×{self.height} in {len(self.data)} bytes.", "Try it again."
            )
        bytes_of = np.frombuffer(self.data, np.uint8, needed)
        shape, strides = (self.height, row), (self.bytes_per_row, 1)
        rows = np.lib.stride_tricks.as_strided(bytes_of, shape, strides, writeable=False)
        pixels = np.ascontiguousarray(rows).view(sample)
        return pixels if channels == 1 else pixels.reshape(self.height, self.width, channels)


def format_name(code: int) -> str:
    """The four characters of a pixel format's code (OSType)."""
    return code.to_bytes(4, "big").decode("latin-1")


def format_code(name: str) -> int:
    """The code of a pixel format by its four characters."""
    return int.from_bytes(name.encode("latin-1"), "big")


def bgra_rows(pixels: NDArray[np.uint8], bytes_per_row: int) -> bytes:
    """A picture (height, width, 3), RGB, as opaque BGRA rows of that many bytes, the padding 0.

    Raises ValueError if a row does not fit.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, bytes_per_row), np.uint8)
    if width * 4 > bytes_per_row:
        raise ValueError(f"{width} pixels do not fit into rows of {bytes_per_row} bytes")
    bgra = rows[:, : width * 4].reshape(height, width, 4)
    bgra[..., :3] = pixels[..., ::-1]
    bgra[..., 3] = _OPAQUE
    rows[:, : width * 4] = bgra.reshape(height, width * 4)
    return rows.tobytes()
