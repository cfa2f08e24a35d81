"""A look-ahead true-peak limiter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.sound.dialog.filters import RATE, Mono, decibels

_OVER = 4
# Attack and release in samples (5 ms).
_REACH = RATE * 5 // 1000
_MARGIN = 2 * _REACH + 1024


class Limiter:
    """Keeps mono samples below `ceiling_dbtp` after a gain; `deepest_db` is the largest reduction so far.

    Peaks are measured at 192 kHz (Rec. ITU-R BS.1770-5, annex 2). The output depends only on nearby samples, not on
    how the signal is divided into ranges.
    """

    def __init__(self, gain_db: float, ceiling_dbtp: float, read: Callable[[int, int], Mono]) -> None:
        self._factor = 10 ** (gain_db / 20)
        # Margin for meters whose interpolation differs by hundredths of a decibel.
        self._ceiling = 10 ** ((ceiling_dbtp - 0.05) / 20)
        self._read = read
        self.deepest_db = 0.0

    def limited(self, start: int, stop: int) -> Mono:
        """The limited samples from `start` to `stop`, exclusive."""
        import soxr
        from scipy.ndimage import convolve1d, minimum_filter1d

        around = self._read(start - _MARGIN, stop + _MARGIN).astype(np.float64) * self._factor
        columns = around.reshape(len(around), -1)
        # One gain for all channels keeps the image.
        fine = np.abs(soxr.resample(columns, RATE, _OVER * RATE, quality="HQ")).max(axis=1)
        fine = np.pad(fine, (0, max(0, _OVER * len(around) - len(fine))))[: _OVER * len(around)]
        peaks = np.maximum(fine.reshape(-1, _OVER).max(axis=1), np.abs(columns).max(axis=1))
        # A peak between two samples counts for both.
        peaks = np.maximum(peaks, np.concatenate([peaks[:1], peaks[:-1]]))
        gains = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        # Minimum over the window, then smoothing over the same window: the gain never exceeds what a peak allows.
        held = minimum_filter1d(gains, 2 * _REACH + 1)
        window = np.hanning(2 * _REACH + 3)[1:-1]
        smooth = convolve1d(held, window / window.sum(), mode="nearest")
        made = (columns * smooth[:, None]).reshape(around.shape)[_MARGIN : _MARGIN + stop - start]
        deepest = float(2 * decibels(smooth[_MARGIN : _MARGIN + stop - start].min()))
        self.deepest_db = max(self.deepest_db, -deepest)
        return np.asarray(made, np.float32)
