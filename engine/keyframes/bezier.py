"""Cubic Bézier curves that are monotone in time."""

from __future__ import annotations

# Newton's method doubles the correct digits at each step; bisection gains one bit where it fails.
_MOST_STEPS = 100


def parameter_at(x: float, first: float, second: float) -> float:
    """The parameter from 0 to 1 at which a cubic Bézier curve from 0 to 1 has the value `x`, from 0 to 1.

    `first` and `second` are its inner control values, from 0 to 1, so that the curve is monotone. Only +, −, × and ÷
    are used, which IEEE 754 rounds equally on every machine.
    """
    low, high = 0.0, 1.0
    guess = x
    for _ in range(_MOST_STEPS):
        error = bernstein(guess, 0.0, first, second, 1.0) - x
        if error == 0:
            return guess
        low, high = (low, guess) if error > 0 else (guess, high)
        slope = _slope(guess, first, second)
        step = guess - error / slope if slope > 0 else low
        # Newton's step leaves the bracket where the curve is flat.
        following = step if low < step < high else (low + high) / 2
        if following in (guess, low, high):
            return following
        guess = following
    return guess


def bernstein(s: float, p0: float, p1: float, p2: float, p3: float) -> float:
    """The cubic Bézier polynomial with these control values at the parameter `s`."""
    t = 1 - s
    return t * t * t * p0 + 3 * t * t * s * p1 + 3 * t * s * s * p2 + s * s * s * p3


def _slope(s: float, first: float, second: float) -> float:
    t = 1 - s
    return 3 * t * t * first + 6 * t * s * (second - first) + 3 * s * s * (1 - second)
