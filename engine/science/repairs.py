"""Repairs of single samples before alignment: hot pixels, cosmic rays, and cores without data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.science.plane import PixelWindow, Samples

# The scatter of a normal distribution from its median absolute deviation.
_SCATTER = 1.4826


@dataclass(frozen=True, slots=True)
class HotPixelStep:
    """Replaces samples far above all of their neighbours by the median of these.

    A sample is hot if it exceeds the largest of the eight neighbours by `sigmas` times their scatter: the centre of a
    star, which is at least two pixels wide, does not. Cold samples count in the same way.
    """

    sigmas: float = 8.0

    @property
    def reach(self) -> int:
        """The eight neighbours."""
        return 1

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The samples, hot ones replaced."""
        padded = np.pad(samples, 1, mode="edge")
        rows, columns = samples.shape
        around = np.stack(
            [
                padded[down : down + rows, across : across + columns]
                for down in range(3)
                for across in range(3)
                if (down, across) != (1, 1)
            ]
        )
        around = np.where(np.isfinite(around), around, samples)
        middle = np.median(around, axis=0)
        scatter = _SCATTER * np.median(np.abs(around - middle), axis=0)
        limit = self.sigmas * np.maximum(scatter, np.abs(middle) * 1e-3 + np.float32(1e-30))
        hot = (samples > around.max(axis=0) + limit) | (samples < around.min(axis=0) - limit)
        made: Samples = np.where(hot, middle, samples).astype(np.float32)
        return made


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
