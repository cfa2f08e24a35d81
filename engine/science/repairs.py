"""Repairs of single samples before alignment: hot pixels, cosmic rays, and cores without data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.science.plane import PixelWindow, Samples

# The scatter of a normal distribution from its median absolute deviation.
_SCATTER = 1.4826


@dataclass(frozen=True, slots=True)
class HotPixelStep:
    """Replaces single samples that stand out by the median of their neighbours.

    A sample is hot if it exceeds the sky around it, the sixteen samples two pixels away, by `sigmas` times their
    scatter, while its eight neighbours stay within three times the scatter: even an undersampled star also lights its
    neighbours. Cold samples count in the same way.
    """

    sigmas: float = 8.0

    @property
    def reach(self) -> int:
        """The sky around a sample."""
        return 2

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The samples, hot ones replaced."""
        near, ring = (_around(samples, distance) for distance in (1, 2))
        sky = np.median(ring, axis=0)
        scatter = _SCATTER * np.median(np.abs(ring - sky), axis=0)
        scatter = np.maximum(scatter, np.abs(sky) * np.float32(1e-6) + np.float32(1e-30))
        calm = np.abs(near - sky).max(axis=0) <= 3 * scatter
        hot = calm & (np.abs(samples - sky) > self.sigmas * scatter)
        made: Samples = np.where(hot, np.median(near, axis=0), samples).astype(np.float32)
        return made


def _around(samples: Samples, distance: int) -> Samples:
    """The samples on a square ring around each sample, (number, rows, columns); NaN is replaced by the sample."""
    padded = np.pad(samples, distance, mode="edge")
    rows, columns = samples.shape
    size = 2 * distance + 1
    ring = np.stack(
        [
            padded[down : down + rows, across : across + columns]
            for down in range(size)
            for across in range(size)
            if max(abs(down - distance), abs(across - distance)) == distance
        ]
    )
    return np.where(np.isfinite(ring), ring, samples)


@dataclass(frozen=True, slots=True)
class CoreStep:
    """Fills holes without data of at most `radius` pixels, such as saturated cores of stars, from their rims.

    A filled sample is the brightest value of the rim nearby, smoothed: a core is at least as bright as its rim. Larger
    areas without data, and those at the edge, stay empty.
    """

    radius: int = 6

    @property
    def reach(self) -> int:
        """A hole, its rim, and the smoothing."""
        return 3 * self.radius

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The samples, small holes filled."""
        from scipy import ndimage

        empty = ~np.isfinite(samples)
        if not empty.any():
            return samples
        labels, count = ndimage.label(empty)
        if not count:
            return samples
        small = np.zeros(count + 1, bool)
        rows, columns = samples.shape
        for number, (down, across) in enumerate(ndimage.find_objects(labels), 1):
            inside = down.start > 0 and across.start > 0 and down.stop < rows and across.stop < columns
            small[number] = inside and max(down.stop - down.start, across.stop - across.start) <= 2 * self.radius
        holes = small[labels]
        if not holes.any():
            return samples
        low = np.where(empty, -np.inf, samples)
        bright = ndimage.maximum_filter(low, size=2 * self.radius + 1)
        filled = np.where(holes, bright, np.where(empty, 0, samples))
        known = np.where(empty & ~holes, 0, 1).astype(np.float32)
        share = ndimage.gaussian_filter(known, 1.0)
        smooth = ndimage.gaussian_filter(filled, 1.0) / np.maximum(share, 1e-6)
        made: Samples = np.where(holes, np.maximum(smooth, 0) if smooth.min() >= 0 else smooth, samples)
        return made.astype(np.float32)
