"""Measures picture content, to distinguish a black or flat movie from one with a picture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.picture.planes import RGB, Planes

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

# Every sixteenth sample in each direction is enough to detect a picture.
_STEP = 16
_WHITE = 255.0


@dataclass(frozen=True, slots=True)
class PictureContent:
    """The maxima over the sampled frames, in 8-bit codes (0 to 255).

    `detail` is the widest range of luma within a frame; `light` is the largest distance of luma or chroma from black;
    `brightest` is the highest luma. All are 0 if no frame was sampled.
    """

    frames: int = 0
    detail: float = 0.0
    light: float = 0.0
    brightest: float = 0.0

    def joined(self, other: PictureContent) -> PictureContent:
        """The combined content of both."""
        return PictureContent(
            self.frames + other.frames,
            max(self.detail, other.detail),
            max(self.light, other.light),
            max(self.brightest, other.brightest),
        )


def frames_between_samples(rate: Fraction) -> int:
    """The interval between sampled frames for two samples per second."""
    return max(1, int(rate / 2))


def content_of_planes(planes: Planes) -> PictureContent:
    """The content of one decoded frame of a source."""
    first, second, third = (
        _codes(plane[: planes.height, : planes.width], planes.bit_depth) for plane in planes.samples
    )
    if planes.matrix == RGB:
        brightest = np.maximum(np.maximum(first, second), third)
        lightest = float(brightest.max(initial=0.0))
        return PictureContent(1, _range(brightest), lightest, lightest)
    return _content(first, second, third, 0.0 if planes.full_range else 16.0)


def light_content(light: NDArray[Any]) -> PictureContent:
    """The content of a frame of scene-linear light, (height, width, 3 or more)."""
    few = np.clip(light[::_STEP, ::_STEP, :3].astype(np.float32), 0.0, 1.0) ** np.float32(0.45)
    brightest = _WHITE * few.max(axis=2)
    return PictureContent(1, _range(brightest), float(brightest.max(initial=0.0)))


def content_of_frame(frame: VideoFrame) -> PictureContent:
    """The content of one decoded frame of a deliverable: planar YUV of 8 to 16 bits in limited range."""
    depth = frame.format.components[0].bits
    planes: list[NDArray[Any]] = []
    for number, component in enumerate(frame.format.components[:3]):
        kind = np.uint8 if depth <= 8 else np.uint16
        plane = frame.planes[number]
        rows = np.frombuffer(plane, kind).reshape(plane.height, -1)  # type: ignore[call-overload]
        planes.append(_codes(rows[:, : component.width], depth))
    return _content(planes[0], planes[1], planes[2], 16.0)


def _content(luma: NDArray[Any], blue: NDArray[Any], red: NDArray[Any], black: float) -> PictureContent:
    colour = max(float(np.abs(plane - 128).max(initial=0.0)) for plane in (blue, red))
    brightest = float(luma.max(initial=0.0))
    return PictureContent(1, _range(luma), max(0.0, brightest - black, colour), brightest)


def _range(luma: NDArray[Any]) -> float:
    return float(np.ptp(luma)) if luma.size else 0.0


def _codes(plane: NDArray[Any], depth: int) -> NDArray[Any]:
    """A subset of a plane's samples as floats from 0 to 255; scene-linear light with an approximate gamma."""
    few = plane[::_STEP, ::_STEP].astype(np.float32)
    if plane.dtype.kind == "f":
        return _WHITE * np.clip(np.nan_to_num(few), 0.0, 1.0) ** 0.45
    return few * np.float32(_WHITE / ((1 << depth) - 1))
