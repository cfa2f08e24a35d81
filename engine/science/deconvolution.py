"""Richardson–Lucy deconvolution: stars become as narrow as the noise allows, and keep their flux."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.science.levels import percentiles
from engine.science.plane import PixelWindow, PlaneSource, Samples
from engine.science.smoothing import FWHM, star_width

# Differences of less than this many errors change nothing: noise is not sharpened.
_DAMPING = 3.0
# The sky below the faintest samples, so that they stay positive, as a share of the distance to the middle.
_BELOW = 1.0
# The width that stars keep, as a share of their own, and at least in pixels: narrower ones would have rings.
_KEPT, _LEAST_WIDTH = 0.6, 2.0
_TINY = np.float32(1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class DeconvolveStep:
    """Sharpens by a Gaussian of `sigma` pixels, in a number of iterations; samples are positive above `floor`.

    `error` is one standard deviation per pixel, of the same shape; without it, nothing is damped. Pixels without data
    stay empty. Sources: Richardson, JOSA 62 (1972); White, Image Restoration Using the Damped Richardson-Lucy Method,
    ASP Conference Series 61 (1994).
    """

    sigma: float
    iterations: int
    floor: float
    error: PlaneSource | None = None

    @property
    def reach(self) -> int:
        """The distance over which the iterations carry light, to four standard deviations."""
        return int(np.ceil(4 * self.sigma * np.sqrt(2 * self.iterations))) + 1

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The sharpened samples."""
        covered = np.isfinite(samples)
        seen = np.where(covered, np.maximum(samples - np.float32(self.floor), _TINY), 0).astype(np.float32)
        noise = None
        if self.error is not None:
            error = self.error.read(window)
            noise = np.float32(_DAMPING) * np.where(np.isfinite(error) & (error > 0), error, np.float32(np.inf))
        share = np.maximum(self._blur(covered.astype(np.float32)), np.float32(1e-3))
        sharp: Samples = seen
        for _ in range(self.iterations):
            expected: Samples = np.maximum(self._blur(sharp) / share, _TINY)
            change: Samples = np.where(covered, seen / expected - 1, np.float32(0))
            if noise is not None:
                change = np.asarray(change * np.minimum(((seen - expected) / noise) ** 2, 1), np.float32)
            sharp = np.asarray(sharp * (1 + self._blur(change) / share), np.float32)
        made: Samples = np.where(covered, sharp + np.float32(self.floor), samples).astype(np.float32)
        return made

    def _blur(self, samples: Samples) -> Samples:
        from scipy import ndimage

        made: Samples = ndimage.gaussian_filter(samples, self.sigma, mode="nearest", truncate=4.0)
        return made


def measure_deconvolution(plane: PlaneSource, error: PlaneSource | None, iterations: int) -> DeconvolveStep | None:
    """The step for a plane, by the width of its own stars; None without enough stars, or if they are narrow already.

    Stars become Gaussians that the pixels can show, not points. Source: Magain, Courbin & Sohy, Deconvolution with
    Correct Sampling, ApJ 494 (1998).
    """
    width = star_width(plane)
    kept = None if width is None else max(_KEPT * width, _LEAST_WIDTH)
    if width is None or kept is None or width <= kept:
        return None
    low, middle = percentiles(plane, (0.1, 50.0))
    return DeconvolveStep(float(np.sqrt(width**2 - kept**2)) / FWHM, iterations, low - _BELOW * (middle - low), error)
