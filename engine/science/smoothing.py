"""Steps after alignment: bands get one sharpness, and noise is removed by the size of its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.science.plane import PixelWindow, PlaneSource, Samples
from engine.science.star_table import find_stars

FWHM = 2.3548
"""A full width at half maximum, in standard deviations of a Gaussian."""
# Fewer stars prove no width.
_LEAST_STARS = 5
_MOST_STARS = 200
# Where less than this share of a kernel has data, a pixel stays empty.
_LEAST_DATA = 0.2


@dataclass(frozen=True, slots=True)
class BlurStep:
    """A Gaussian blur of `sigma` pixels that ignores pixels without data, and leaves them empty."""

    sigma: float

    @property
    def reach(self) -> int:
        """Four standard deviations."""
        return int(np.ceil(4 * self.sigma)) + 1

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The blurred samples."""
        blurred, share = _blurred(samples, self.sigma)
        made: Samples = np.where(np.isfinite(samples) & (share > _LEAST_DATA), blurred, np.float32(np.nan))
        return made.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class DenoiseStep:
    """Shrinks details towards a blurred picture where they are not larger than their error (a Wiener filter).

    `error` is one standard deviation per pixel, of the same shape. Details of k errors keep k² / (k² + `strength`) of
    themselves, so that stars and bright structure stay.
    """

    error: PlaneSource
    strength: float
    sigma: float = 1.5

    @property
    def reach(self) -> int:
        """Of the blur, twice: once for the picture, once for the size of its details."""
        return 2 * (int(np.ceil(4 * self.sigma)) + 1)

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The samples with less noise."""
        smooth, _ = _blurred(samples, self.sigma)
        detail = np.where(np.isfinite(samples), samples - smooth, np.float32(0))
        power, _ = _blurred((detail * detail).astype(np.float32), self.sigma)
        error = self.error.read(window)
        noise = np.where(np.isfinite(error), error, 0).astype(np.float32) ** 2
        signal = np.maximum(power - noise, 0)
        kept = signal / np.maximum(signal + np.float32(self.strength) * noise, np.float32(1e-30))
        made: Samples = np.where(np.isfinite(samples), smooth + kept * detail, samples)
        return made.astype(np.float32)


def star_width(plane: PlaneSource) -> float | None:
    """The median full width at half maximum of the brightest stars, in pixels; None without enough stars."""
    widths = [star.size for star in find_stars(plane, [plane], None)[:_MOST_STARS]]
    return float(np.median(widths)) if len(widths) >= _LEAST_STARS else None


def matching_blurs(widths: Sequence[float | None]) -> list[float]:
    """The blur (standard deviation in pixels) that gives each band the width of the widest; 0 where it is unknown."""
    known = [width for width in widths if width is not None]
    widest = max(known, default=0.0)
    return [0.0 if width is None else float(np.sqrt(max(widest**2 - width**2, 0.0))) / FWHM for width in widths]


def _blurred(samples: Samples, sigma: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A Gaussian mean over the pixels with data, and the share of the kernel that has data."""
    from scipy import ndimage

    covered = np.isfinite(samples)
    filled = np.where(covered, samples, np.float32(0))
    share = ndimage.gaussian_filter(covered.astype(np.float32), sigma, truncate=4.0)
    mean = ndimage.gaussian_filter(filled, sigma, truncate=4.0) / np.maximum(share, np.float32(1e-6))
    return mean.astype(np.float32), share
