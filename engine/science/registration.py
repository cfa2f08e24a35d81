"""Measures the shift between two pictures of the same sky."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from engine.science.plane import PixelWindow

_MOST_SIDE = 2048
_UPSAMPLING = 100
# A peak of the correlation that is less than this many times its noise proves no shift.
_CLEAR = 8.0


@dataclass(frozen=True, slots=True)
class Shift:
    """How far `moved` lies from `reference`, in pixels: add (x, y) to positions of the reference to find its details.

    `clarity` is the height of the correlation's peak over its standard deviation. `found` is False if the peak is not
    clear, or further away than allowed; the shift is then 0.
    """

    x: float
    y: float
    clarity: float
    found: bool


def central_window(shape: tuple[int, int]) -> PixelWindow:
    """The middle of a picture of (rows, columns), at most 2,048 pixels a side: enough to measure a shift."""
    top, left = (max(0, (size - _MOST_SIDE) // 2) for size in shape)
    return PixelWindow(top, min(shape[0], top + _MOST_SIDE), left, min(shape[1], left + _MOST_SIDE))


def measure_shift(reference: NDArray[np.float32], moved: NDArray[np.float32], most: float = 8.0) -> Shift:
    """The shift of two pictures of one shape, NaN without data, to a hundredth of a pixel; at most `most` pixels.

    It compares gradients of logarithmic values, so that bands with different colours agree, in the part that both
    cover. Source: Guizar-Sicairos et al., Efficient subpixel image registration algorithms, Optics Letters 33 (2008).
    """
    both = np.isfinite(reference) & np.isfinite(moved)
    if both.mean() < 0.05:
        return Shift(0.0, 0.0, 0.0, False)
    spectra = [np.fft.fft2(_details(picture, both)) for picture in (reference, moved)]
    product = np.conj(spectra[0]) * spectra[1]
    size = np.abs(product)
    # Between phase correlation, which trusts noise, and plain correlation, which trusts only the brightest details.
    product /= np.maximum(size, size.mean() * 1e-3) ** 0.5
    peaks = np.fft.ifft2(product).real
    rows, columns = peaks.shape
    near = np.zeros_like(peaks, bool)
    reach = int(min(np.ceil(most), rows // 2, columns // 2))
    for top in (slice(0, reach + 1), slice(rows - reach, rows)):
        for left in (slice(0, reach + 1), slice(columns - reach, columns)):
            near[top, left] = True
    place = np.unravel_index(np.where(near, peaks, -np.inf).argmax(), peaks.shape)
    clarity = float(peaks[place] / (peaks.std() or 1.0))
    coarse = np.array([_signed(int(place[0]), rows), _signed(int(place[1]), columns)], float)
    y, x = _refined(product, coarse)
    if clarity < _CLEAR or max(abs(x), abs(y)) > most:
        return Shift(0.0, 0.0, clarity, False)
    return Shift(x, y, clarity, True)


def _details(picture: NDArray[np.float32], both: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Gradients as complex numbers' sizes, faded out at the edges of what both pictures cover."""
    from scipy import ndimage

    values = picture[both]
    low, high = np.percentile(values, (5, 99))
    softness = max(float(high - low) * 0.05, 1e-12)
    flat = np.where(both, np.arcsinh((np.where(both, picture, low) - low) / softness), 0.0)
    smooth = ndimage.gaussian_filter(flat, 1.0)
    size = np.hypot(ndimage.sobel(smooth, 0), ndimage.sobel(smooth, 1))
    inside = ndimage.distance_transform_edt(np.pad(both, 1))[1:-1, 1:-1]
    margin = max(4.0, min(both.shape) / 16)
    weight = np.clip((inside - 3) / margin, 0, 1)
    weight = weight * weight * (3 - 2 * weight)
    mean = float((size * weight).sum() / max(weight.sum(), 1e-12))
    made: NDArray[np.float64] = (size - mean) * weight
    return made


def _refined(product: NDArray[np.complex128], coarse: NDArray[np.float64]) -> tuple[float, float]:
    """The peak around `coarse` to 1 / `_UPSAMPLING` pixels, by a Fourier transform of this neighbourhood only."""
    place = coarse
    for step, count in ((0.1, 21), (1 / _UPSAMPLING, 21)):
        offsets = [place[axis] + (np.arange(count) - count // 2) * step for axis in (0, 1)]
        kernels = [
            np.exp(2j * pi * np.outer(offset, np.fft.fftfreq(size)))
            for offset, size in zip(offsets, product.shape, strict=True)
        ]
        peaks = (kernels[0] @ product @ kernels[1].T).real
        found = np.unravel_index(peaks.argmax(), peaks.shape)
        place = np.array([offsets[0][found[0]], offsets[1][found[1]]])
    return float(place[0]), float(place[1])


def _signed(place: int, size: int) -> int:
    return place - size if place > size // 2 else place
