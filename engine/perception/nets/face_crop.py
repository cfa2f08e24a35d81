"""The upright square around a face that the landmark net sees, and the way back to the frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The square's side by the longer side of the detector's box, as in MediaPipe's face landmark graph.
_SIDE = 1.5


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A square in the frame: its middle and side in pixels of the frame, turned clockwise by `angle` radians."""

    x: float
    y: float
    side: float
    angle: float

    def pixels(self, frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
        """The square at a size, (height, width, 3); black beyond the frame."""
        from PIL import Image

        image, (width, height) = Image.fromarray(frame), size
        # Interpolation between neighbours alone would skip pixels of a large face.
        factor = max(1, int(self.side / max(size)))
        if factor > 1:
            image = image.reduce(factor)
        (a, b, c), (d, e, f) = self._matrix(width, height)
        data = tuple(value / factor for value in (a, b, c, d, e, f))
        return np.asarray(image.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR))

    def in_frame(self, points: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float64]:
        """The places in pixels of the frame for points, (n, 2), in pixels of the square at a size."""
        matrix = np.array(self._matrix(*size))
        placed: NDArray[np.float64] = points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
        return placed

    def _matrix(self, width: int, height: int) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """The affine map from pixels of the square to those of the frame."""
        across, down = self.side / width, self.side / height
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        half = self.side / 2
        return (
            (across * cosine, -down * sine, self.x - half * cosine + half * sine),
            (across * sine, down * cosine, self.y - half * sine - half * cosine),
        )


def crop_of(box: NDArray[np.float64], points: NDArray[np.float64]) -> FaceCrop:
    """The square for a face by its box (left, top, right, bottom) and its eyes, the first two points."""
    (left_x, left_y), (right_x, right_y) = points[0], points[1]
    side = _SIDE * max(box[2] - box[0], box[3] - box[1])
    angle = math.atan2(right_y - left_y, right_x - left_x)
    return FaceCrop((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, side, angle)
