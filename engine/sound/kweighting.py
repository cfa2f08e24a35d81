"""K weighting: how loud a sound is to ears on a head, as a filter for any sample rate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

# Rec. ITU-R BS.1770-5, annex 1 gives coefficients for 48 kHz; these are the analogue filters they come from, as the
# bilinear transform has them: a shelf for the head, and a high-pass.
_SHELF_HZ, _SHELF_Q, _SHELF_DB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
_SHELF_SLOPE = 0.4996667741545416


def k_weighting(rate: int) -> NDArray[np.float64]:
    """Two second-order sections (2, 6), as scipy.signal.sosfilt takes them."""
    k = math.tan(math.pi * _SHELF_HZ / rate)
    high = 10 ** (_SHELF_DB / 20)
    middle = high**_SHELF_SLOPE
    a0 = 1 + k / _SHELF_Q + k * k
    shelf = [
        (high + middle * k / _SHELF_Q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - middle * k / _SHELF_Q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / _SHELF_Q + k * k) / a0,
    ]
    k = math.tan(math.pi * _HIGH_PASS_HZ / rate)
    a0 = 1 + k / _HIGH_PASS_Q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / _HIGH_PASS_Q + k * k) / a0]
    return np.array([shelf, high_pass])
