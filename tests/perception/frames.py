"""Frames for tests of perception: a real portrait that scikit-image ships, plain pictures and textures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.perception import AnalysisFrame


def frame_of(pixels: NDArray[np.uint8], number: int = 0) -> AnalysisFrame:
    """A frame that no provider can write to."""
    own = np.ascontiguousarray(pixels).copy()
    own.flags.writeable = False
    return AnalysisFrame(number, Fraction(number, 25), own)


def astronaut() -> NDArray[np.uint8]:
    """The portrait in scikit-image, 512×512: a person with one face."""
    import skimage
    from PIL import Image

    with Image.open(Path(skimage.__file__).parent / "data" / "astronaut.png") as image:
        return np.asarray(image.convert("RGB"))


def resized(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The picture at a size."""
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def plain(width: int = 96, height: int = 64, code: int = 96) -> NDArray[np.uint8]:
    """A grey picture."""
    return np.full((height, width, 3), code, np.uint8)


def texture(width: int, height: int) -> NDArray[np.uint8]:
    """Smooth noise with an equal spread everywhere."""
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(np.random.default_rng(24).normal(0, 1, (height, width, 3)), (1.5, 1.5, 0))
    return np.clip(128 + 60 * smooth / smooth.std(), 0, 255).astype(np.uint8)
