"""What flows along a graph's edges: pictures and plain bytes, described before they exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SCENE = "rgba16float"
"""Scene-linear ACEScg: half floats, as the door makes them."""

_TEXELS: dict[str, np.dtype[np.generic]] = {
    "rgba8unorm": np.dtype((np.uint8, 4)),
    "rgba16unorm": np.dtype((np.uint16, 4)),
    "rgba16float": np.dtype((np.float16, 4)),
    "rgba32float": np.dtype((np.float32, 4)),
    "r8unorm": np.dtype((np.uint8, 1)),
    "r16float": np.dtype((np.float16, 1)),
    "r32float": np.dtype((np.float32, 1)),
}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of `width` × `height` pixels; `format` is WebGPU's name of the pixel."""

    width: int
    height: int
    format: str = SCENE

    @property
    def texel(self) -> np.dtype[np.generic]:
        """The numpy type of one pixel. KeyError for a format this room does not read back."""
        return _TEXELS[self.format]

    @property
    def size(self) -> int:
        """Bytes, without padding."""
        return self.width * self.height * self.texel.itemsize


@dataclass(frozen=True, slots=True)
class Bytes:
    """A stretch of `size` bytes; WGSL sees it as an array of words."""

    size: int


def picture_bytes(spec: Image) -> tuple[int, int]:
    """(bytes a row, bytes in all) of a picture as it is copied out: rows are padded to 256 bytes."""
    row = -(-spec.width * spec.texel.itemsize // 256) * 256
    return row, row * spec.height


Spec: TypeAlias = Image | Bytes


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Numbers a pass looks up and never changes.

    `values` has any shape; `wgsl` is the type it has there ("array<vec4<u32>>").
    """

    values: NDArray[np.generic]
    wgsl: str
