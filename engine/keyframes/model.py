"""Keyframes in JSON and TOML."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from engine.catalog import FrozenModel
from engine.keyframes.curve import Interpolation, Keyframe, KeyframeCurve, Tangent
from engine.time import rational

_FORM = 'must be a time in seconds, as a whole number, "3/25", "1.5" or [3, 25]'


def _exact_time(value: Any) -> Fraction:
    # A float such as 0.1 is not the number that was written.
    if isinstance(value, bool | float):
        raise ValueError(_FORM)
    try:
        if isinstance(value, list | tuple):
            numerator, denominator = value
            return Fraction(int(numerator), int(denominator))
        return Fraction(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ValueError(_FORM) from error


KeyTime = Annotated[
    Fraction,
    BeforeValidator(_exact_time),
    PlainSerializer(rational, return_type=list[int]),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {"type": "string", "pattern": r"^-?\d+(\.\d+|/\d+)?$"},
                {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            ]
        }
    ),
]
"""An exact time in seconds."""


class TangentModel(FrozenModel):
    """A handle of a Bézier segment."""

    model_config = ConfigDict(allow_inf_nan=False)

    time: KeyTime = Field(description="Distance from the key, in seconds; 0 or more.", ge=0)
    value: float = Field(0.0, description="Distance from the key's value.")

    def tangent(self) -> Tangent:
        """The value that curves use."""
        return Tangent(self.time, self.value)


class KeyframeModel(FrozenModel):
    """A key."""

    model_config = ConfigDict(allow_inf_nan=False)

    time: KeyTime = Field(description="Time in seconds.")
    value: float = Field(description="The parameter's value at this time.")
    interpolation: Interpolation = Field("linear", description="How the value changes until the next key.")
    leave: TangentModel | None = Field(None, description="Handle after the key, of a bezier segment that begins here.")
    arrive: TangentModel | None = Field(None, description="Handle before the key, of a bezier segment that ends here.")

    def keyframe(self) -> Keyframe:
        """The value that curves use."""
        leave = self.leave.tangent() if self.leave else None
        arrive = self.arrive.tangent() if self.arrive else None
        return Keyframe(self.time, self.value, self.interpolation, leave, arrive)


def curve_from_keys(keys: Sequence[KeyframeModel]) -> KeyframeCurve:
    """The curve through keys in any order. Raises ValueError without keys, or if two have one time."""
    return KeyframeCurve.of(key.keyframe() for key in keys)


def keys_of_curve(curve: KeyframeCurve) -> tuple[KeyframeModel, ...]:
    """The keys of a curve as they are written."""
    return tuple(
        KeyframeModel(
            time=key.time,
            value=key.value,
            interpolation=key.interpolation,
            leave=key.leave and TangentModel(time=key.leave.time, value=key.leave.value),
            arrive=key.arrive and TangentModel(time=key.arrive.time, value=key.arrive.value),
        )
        for key in curve.keys
    )
