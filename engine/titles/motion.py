"""How a layer moves: curves of keys and springs of its properties."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from engine.catalog import FrozenModel
from engine.keyframes import KeyframeCurve, KeyframeModel, KeyTime, curve_from_keys

Property = Literal["opacity", "x", "y", "scale", "blur", "reveal", "progress", "highlight"]
"""The values that move. x, y and blur are per cent of the picture's short edge; the others are shares, 1 at rest."""

Phase = Literal["in", "out", "whole", "word", "after"]
"""The clock of a motion: seconds from the start, seconds from the begin of the end, a share of the title's length,
seconds from the begin or from the end of a spoken word."""

Unit = Literal["layer", "row", "word", "character"]

# A spring is at rest when it is nearer than this to its end.
_AT_REST = 1e-4


class Spring(FrozenModel):
    """A damped spring from a value to another one, which starts at rest: a function of the time alone."""

    model_config = ConfigDict(allow_inf_nan=False)

    start: KeyTime = Field(Fraction(0), description="Time in seconds at which it starts.")
    origin: float = Field(description="The value before it starts.")
    target: float = Field(description="The value at which it comes to rest.")
    frequency: float = Field(2.5, gt=0, le=30, description="Swings per second without damping.")
    damping: float = Field(
        1.0, gt=0, le=1, description="1 comes to rest without a swing (critical damping); less swings over."
    )

    def at(self, time: Fraction) -> float:
        """The value at a time in seconds."""
        if time <= self.start:
            return self.origin
        left = _displacement(float(time - self.start), 2 * math.pi * self.frequency, self.damping)
        return self.target + (self.origin - self.target) * left


def _displacement(seconds: float, pulse: float, damping: float) -> float:
    """The rest of the way of a spring with the angular frequency `pulse`, from 1 at 0 seconds, in closed form."""
    decay = math.exp(-damping * pulse * seconds)
    if decay < _AT_REST * 1e-3:
        return 0.0
    if damping == 1:
        return decay * (1 + pulse * seconds)
    damped = pulse * math.sqrt(1 - damping * damping)
    phase = damped * seconds
    return decay * (math.cos(phase) + damping * pulse / damped * math.sin(phase))


class Motion(FrozenModel):
    """The motion of one property of a layer, by keys or by a spring."""

    property: Property = Field(
        description="What moves. x, y and blur are per cent of the picture's short edge, the others shares."
    )
    phase: Phase = Field(
        "in",
        description="The clock of the keys: seconds of the begin (in) or the end (out), a share of the whole title "
        "(whole), seconds from the begin (word) or the end (after) of a spoken word.",
    )
    each: Unit = Field("layer", description="What moves by itself: the layer, or each row, word or character.")
    stagger: KeyTime = Field(Fraction(0), ge=0, description="Seconds between one row, word or character and the next.")
    keys: tuple[KeyframeModel, ...] = Field((), description="Values at times.")
    spring: Spring | None = Field(None, description="A spring instead of keys.")

    @model_validator(mode="after")
    def _either(self) -> Motion:
        if bool(self.keys) == (self.spring is not None):
            raise ValueError("must have keys or a spring")
        if self.keys:
            curve_from_keys(self.keys)
        return self

    @cached_property
    def curve(self) -> KeyframeCurve | Spring:
        """The value at each time."""
        return self.spring or curve_from_keys(self.keys)

    def at(self, time: Fraction, number: int = 0) -> float:
        """The value at a time of its clock, of the row, word or character with this number from 0."""
        return self.curve.at(time - self.stagger * number)
