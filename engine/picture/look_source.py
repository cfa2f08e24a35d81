"""Pictures beside a frame that a look reads, such as masks, and the part of them that a rendered picture shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.picture.scaling import Placement
from engine.render import Image

_FORMATS = {1: "r32float", 2: "rg32float"}


@dataclass(frozen=True, slots=True, eq=False)
class LookSource:
    """A picture of the whole upright frame at a size of its own: a mask, a depth or a flow.

    `pixels` is float32, (height, width) or (height, width, 2), finite. `confidence` from 0 to 1 scales the strength of
    the effects that read it. `metric` says of a depth whether it is in metres; None: as the effect states it.
    """

    pixels: NDArray[np.float32]
    confidence: float = 1.0
    metric: bool | None = None

    @property
    def spec(self) -> Image:
        """The picture on the GPU."""
        height, width = self.pixels.shape[:2]
        return Image(width, height, _FORMATS[1 if self.pixels.ndim == 2 else self.pixels.shape[2]])

    @property
    def texels(self) -> NDArray[np.float32]:
        """The pixels as a texture has them, (height, width, channels)."""
        spec = self.spec
        return np.ascontiguousarray(self.pixels, np.float32).reshape(spec.height, spec.width, -1)


@dataclass(frozen=True, slots=True)
class PictureWindow:
    """The part of a take's upright picture that a rendered picture shows, as shares of its width and height.

    It reaches beyond the picture where a backdrop fills the frame.
    """

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    @classmethod
    def of(cls, placement: Placement, picture: tuple[int, int], frame: tuple[int, int] | None = None) -> PictureWindow:
        """The window of a placed picture of a display size; with `frame`, of the whole frame around it."""
        corner = (placement.x, placement.y) if frame else (0, 0)
        placed = (placement.width, placement.height)
        rendered = frame or placed
        starts, spans = [], []
        for axis in (0, 1):
            scale = placement.span[axis] / placed[axis]
            starts.append(float((placement.start[axis] - corner[axis] * scale) / picture[axis]))
            spans.append(float(rendered[axis] * scale / picture[axis]))
        return cls(starts[0], starts[1], spans[0], spans[1])


WHOLE_PICTURE = PictureWindow()
