"""The shutter of temporal accumulation: at which times a frame is rendered, and with which weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import erf, exp, pi, sqrt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ShutterWeights = Literal["box", "triangle", "gaussian"]
Quality = Literal["draft", "final"]

GAUSSIAN_DEVIATION = 0.15
"""The standard deviation of the Gaussian weights, as a share of the exposure."""

_PROFILES: dict[ShutterWeights, Callable[[float], float]] = {
    "box": lambda u: 1.0,
    "triangle": lambda u: 2 - 4 * abs(u),
    "gaussian": lambda u: (
        exp(-0.5 * (u / GAUSSIAN_DEVIATION) ** 2)
        / (GAUSSIAN_DEVIATION * sqrt(2 * pi) * erf(0.5 / (GAUSSIAN_DEVIATION * sqrt(2))))
    ),
}


@dataclass(frozen=True, slots=True)
class Subframe:
    """A time in seconds at which a frame is rendered, and its share of the frame."""

    time: Fraction
    weight: float


class Shutter(BaseModel):
    """How long a frame is exposed, and how much each part of the exposure counts."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    angle: float = Field(180.0, ge=0, le=720, description="Shutter angle in degrees; 360 is the whole frame.")
    weights: ShutterWeights = Field(
        "box", description="Weights over the exposure; gaussian has a standard deviation of 0.15 of it."
    )
    draft: int = Field(5, ge=1, le=64, description="Subframes of a draft.")
    final: int = Field(17, ge=1, le=256, description="Subframes of the final picture.")

    def subframes(self, time: Fraction, frame_rate: Fraction, quality: Quality = "final") -> tuple[Subframe, ...]:
        """The subframes of the frame at `time` in seconds, around which the exposure is centred.

        The times are exact. The weights add up to 1. Without an exposure there is one subframe.
        """
        count = self.draft if quality == "draft" else self.final
        if self.angle == 0 or count == 1:
            return (Subframe(time, 1.0),)
        exposure = Fraction(self.angle).limit_denominator(1000) / 360 / frame_rate
        places = [Fraction(2 * number + 1 - count, 2 * count) for number in range(count)]
        shares = [shutter_profile(self.weights, float(place)) for place in places]
        total = sum(shares)
        return tuple(
            Subframe(time + place * exposure, share / total) for place, share in zip(places, shares, strict=True)
        )


def shutter_profile(weights: ShutterWeights, place: float) -> float:
    """The weight at a place of the exposure from −0.5 to 0.5; its mean is 1."""
    return _PROFILES[weights](place)
