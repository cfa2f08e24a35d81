"""The sharpness and the exposure of a face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.perception.faces.head import Box

# Faces are compared at this width in pixels; smaller ones do not show enough detail.
_WIDTH = 64
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_WHITE, _BLACK = 250, 6
# Parts of the box, from its edges, that are skin and not hair or background.
_INSET = 0.15


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """The picture of a face in an SDR view.

    `sharpness` is the energy of fine detail as a share of that of coarse detail: about 0.6 or more for a sharp face,
    less than 0.4 for one that is blurred by 3 % of its width; None if the face is too small to tell. `light` is the
    median linear luminance of the face, 0 to 1; `clipped` and `crushed` are the shares of it that are white and black.
    """

    sharpness: float | None
    light: float
    clipped: float
    crushed: float


def measure_face(pixels: NDArray[np.uint8], box: Box) -> FaceQuality | None:
    """Measures the face in `box` of an SDR frame (height, width, 3); None if it is almost outside the frame."""
    height, width = pixels.shape[:2]
    left, top, across, down = box
    inset = (left + _INSET * across, top + _INSET * down, left + (1 - _INSET) * across, top + (1 - _INSET) * down)
    x0, x1 = (round(min(max(share, 0.0), 1.0) * width) for share in inset[::2])
    y0, y1 = (round(min(max(share, 0.0), 1.0) * height) for share in inset[1::2])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    skin = pixels[y0:y1, x0:x1].astype(np.float32)
    luma = skin @ _LUMA
    brightest = skin.max(axis=2)
    return FaceQuality(
        sharpness=_sharpness(luma, round(across * width)),
        light=_linear(float(np.median(luma)) / 255),
        clipped=float((brightest >= _WHITE).mean()),
        crushed=float((brightest <= _BLACK).mean()),
    )


def _linear(code: float) -> float:
    """Relative luminance of an SDR display code (BT.1886)."""
    return float(max(code, 0.0) ** 2.4)


def _sharpness(luma: NDArray[np.float32], width: int) -> float | None:
    """The ratio of two bands that are two octaves apart; of natural, sharp pictures they have similar energy."""
    from scipy.ndimage import gaussian_filter, zoom

    if width < _WIDTH:
        return None
    if width > _WIDTH:
        # Averages whole pixels, so that noise does not count as detail.
        scale = _WIDTH / width
        luma = zoom(gaussian_filter(luma, 0.5 / scale - 0.25), scale, order=1)
    blurred = [luma, *(gaussian_filter(luma, sigma) for sigma in (0.8, 1.6, 3.2, 6.4))]
    fine, coarse = blurred[1] - blurred[2], blurred[3] - blurred[4]
    energy = float(np.sqrt((coarse**2).mean()))
    return float(np.sqrt((fine**2).mean())) / energy if energy > 0 else 0.0
