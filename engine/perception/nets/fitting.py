"""Fits frames to the size of a net, and its dense outputs back to the size of the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.nets import NetInput


@dataclass(frozen=True, slots=True)
class Fitting:
    """A frame's place in the picture of a net: left, top, width and height in pixels of the net."""

    left: int
    top: int
    width: int
    height: int

    def point(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The shares of the frame's width and height for places in pixels of the net."""
        return (x - self.left) / self.width, (y - self.top) / self.height


def fit_frame(pixels: NDArray[np.uint8], declared: NetInput) -> tuple[NDArray[np.uint8], Fitting]:
    """A frame at the size of a net, (height, width, 3), and its place there: stretched, or between black bars."""
    from PIL import Image

    size = declared.width, declared.height
    image = Image.fromarray(pixels)
    if declared.fit == "stretch":
        return np.asarray(image.resize(size, Image.Resampling.BILINEAR)), Fitting(0, 0, *size)
    scale = min(size[0] / image.width, size[1] / image.height)
    # Whole pixels, so that the bars are black and the frame's edge is sharp.
    width, height = (max(1, round(scale * length)) for length in image.size)
    place = (size[0] - width) // 2, (size[1] - height) // 2
    canvas = Image.new("RGB", size)
    canvas.paste(image.resize((width, height), Image.Resampling.BILINEAR), place)
    return np.asarray(canvas), Fitting(*place, width, height)


def unfit(values: NDArray[np.float32], fitting: Fitting, height: int, width: int) -> NDArray[np.float32]:
    """A dense output at the size of the frame, by cubic interpolation. Axes of length 1 around it are dropped."""
    from PIL import Image

    rows, columns = (size for size in values.shape if size != 1) if values.ndim > 2 else values.shape
    across, down = slice(fitting.left, fitting.left + fitting.width), slice(fitting.top, fitting.top + fitting.height)
    image = Image.fromarray(values.reshape(rows, columns)[down, across])
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)
