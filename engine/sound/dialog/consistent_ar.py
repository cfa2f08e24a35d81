"""Restores clipped samples by an autoregressive model of the sound, at or beyond their ceiling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The window is this many times as long as the model: 43 ms and 2.7 ms.
_WINDOW_PER_ORDER = 16
_MODELS = 3
_ROUNDS = 6
# Restored peaks are at most this many times the ceiling.
_HIGHEST = 4.0

Samples = NDArray[np.float64]


def restore(samples: Samples, clipped: NDArray[np.bool_]) -> Samples:
    """The samples of a window with its clipped ones replaced; these keep their sign and do not get smaller.

    The prediction error of an autoregressive model is least, subject to the samples that are known and to the bounds of
    those that are not; then the model is estimated again from the result. A. Janssen, R. Veldhuis, L. Vries: "Adaptive
    interpolation of discrete-time signals that can be modeled as autoregressive processes", IEEE Trans. ASSP 34(2),
    1986; with consistency as in P. Záviška, P. Rajmic, A. Ozerov, L. Rencker: "A survey and an extensive evaluation of
    popular audio declipping methods", IEEE J. Sel. Top. Signal Process. 15(1), 2021.
    """
    places = np.flatnonzero(clipped)
    signs = np.sign(samples[places])
    bounds = np.abs(samples[places])
    window = np.hanning(len(samples) + 2)[1:-1]
    found = samples.copy()
    for _ in range(_MODELS):
        model = _model(found * window)
        found[places] = signs * _bounded(samples, places, signs, bounds, model)
    return found


def _model(windowed: Samples) -> Samples:
    """The autocorrelation of the prediction error filter's taps, lags 0 to the order."""
    from scipy.linalg import solve_toeplitz

    power = np.abs(np.fft.rfft(windowed, 2 * len(windowed))) ** 2
    order = len(windowed) // _WINDOW_PER_ORDER
    lags = np.fft.irfft(power)[: order + 1]
    lags[0] = lags[0] * (1 + 1e-7) + 1e-12
    taps = np.concatenate([[1.0], -solve_toeplitz(lags[:order], lags[1:])])
    return np.correlate(taps, taps, "full")[order:]


def _bounded(samples: Samples, places: NDArray[np.intp], signs: Samples, bounds: Samples, model: Samples) -> Samples:
    """The magnitudes with the least prediction error at or above their bounds: an active-set method."""
    from scipy.linalg import solveh_banded

    both_sides = np.concatenate([model[:0:-1], model])
    at_bound = np.zeros(len(places), np.bool_)
    trial = samples.copy()
    for _ in range(_ROUNDS):
        free = places[~at_bound]
        trial[places] = np.where(at_bound, signs * bounds, 0.0)
        if len(free):
            bands = _bands(free, model)
            bands[0] *= 1 + 1e-9
            trial[free] = solveh_banded(bands, -np.convolve(trial, both_sides, "same")[free], lower=True)
        heights = trial[places] * signs
        falling = np.convolve(trial, both_sides, "same")[places] * signs < 0
        low, released = (heights < bounds) & ~at_bound, at_bound & falling
        if not (low.any() or released.any()):
            break
        at_bound = (at_bound | low) & ~released
    return np.clip(heights, bounds, _HIGHEST * bounds)


def _bands(places: NDArray[np.intp], model: Samples) -> Samples:
    """The lower bands of the matrix of autocorrelations between these places, as `solveh_banded` wants them.

    There are as many bands as places within the model's order of one place, which are few between short peaks.
    """
    order = len(model) - 1
    within = np.searchsorted(places, places + order, "right") - np.arange(len(places))
    following = np.concatenate([places, np.full(within.max() - 1, places[-1] + order + 1)])
    lags = np.lib.stride_tricks.sliding_window_view(following, within.max()) - places[:, None]
    return np.append(model, 0.0)[np.minimum(lags, order + 1)].T
