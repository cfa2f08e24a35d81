"""Specs of the data between passes: pictures and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SCENE = "rgba16float"
"""Scene-linear ACEScg in half floats, the output format of the input pass."""

_TEXELS: dict[str, np.dtype[np.generic]] = {
    "rgba8unorm": np.dtype((np.uint8, 4)),
    "rgba16unorm": np.dtype((np.uint16, 4)),
    "rgba16float": np.dtype((np.float16, 4)),
    "rgba32float": np.dtype((np.float32, 4)),
    "r8unorm": np.dtype((np.uint8, 1)),
    "r16float": np.dtype((np.float16, 1)),
    "rg16float": np.dtype((np.float16, 2)),
    "r32float": np.dtype((np.float32, 1)),
    "rg32float": np.dtype((np.float32, 2)),
    "rgba32uint": np.dtype((np.uint32, 4)),
}

# Formats of one or two channels that every device can draw, but not store, and those that it can store instead.
_WIDER = {"r16float": "r32float", "rg16float": "rg32float"}
# Formats that every device can draw to; other pictures are stored.
DRAWABLE = (
    "rgba8unorm", "r8unorm", "rgba16float", "r16float", "rg16float", "rgba32float", "r32float", "rg32float",
)  # fmt: skip
# Formats into which every device can blend, and which it can resolve from several samples.
BLENDABLE = ("rgba8unorm", "r8unorm", "rgba16float", "r16float", "rg16float")
# Formats that every device can read from and write to storage textures.
STORABLE = ("rgba8unorm", "rgba16float", "rgba32float", "r32float", "rg32float")
# Those among them whose stored values are the same as drawn ones.
STORABLE_EXACTLY = ("rgba16float", "rgba32float", "r32float", "rg32float")


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of `width` × `height` pixels; `format` is a WebGPU texture format."""

    width: int
    height: int
    format: str = SCENE

    @property
    def texel(self) -> np.dtype[np.generic]:
        """The numpy type of one pixel. Raises KeyError for a format that cannot be read back."""
        return _TEXELS[self.format]

    @property
    def size(self) -> int:
        """The size in bytes, without padding."""
        return self.width * self.height * self.texel.itemsize

    @property
    def storable(self) -> Image:
        """This picture in a format that a compute pass can store: half floats of one or two channels are widened."""
        return Image(self.width, self.height, _WIDER.get(self.format, self.format))


@dataclass(frozen=True, slots=True)
class Bytes:
    """A buffer of `size` bytes; an array of words in WGSL."""

    size: int


def picture_bytes(spec: Image) -> tuple[int, int]:
    """(bytes per row, total bytes) of a picture in a copy buffer: rows are padded to 256 bytes."""
    row = -(-spec.width * spec.texel.itemsize // 256) * 256
    return row, row * spec.height


Spec: TypeAlias = Image | Bytes


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A constant lookup table of a pass: a buffer, or a cube in a read-only storage texture if it has a `format`.

    `wgsl` is its WGSL type ("array<vec4<u32>>"). The values of a buffer may have any shape, those of a cube are (depth,
    height, width, channels).
    """

    values: NDArray[np.generic]
    wgsl: str
    format: str = ""
