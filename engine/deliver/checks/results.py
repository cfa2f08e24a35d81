"""Results of checks that compare two values."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.deliver.receipt import Check

NEAR = Fraction(1, 500)
"""How far the times of captions and chapters in a movie may be from the requested ones, in seconds."""


def equal(name: str, measured: object, wanted: object) -> Check:
    """The result of a check whose values must be equal."""
    return Check(name=name, passed=measured == wanted, measured=measured, wanted=wanted)


def near(measured: Sequence[Fraction], wanted: Sequence[Fraction], tolerance: Fraction = NEAR) -> bool:
    """Whether there are as many times as wanted, each within the tolerance; in seconds."""
    return len(measured) == len(wanted) and all(abs(a - b) <= tolerance for a, b in zip(measured, wanted, strict=True))
