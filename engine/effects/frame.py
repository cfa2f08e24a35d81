"""The frame that an effect renders."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class FrameContext:
    """The place of a frame in the film, and the place of the rendered window in the full picture.

    `number` counts the frames of the film from 0; noise depends on it and on `seed`. `time` is in seconds. `width` and
    `height` are those of the full picture in pixels: effects state lengths as shares of this height, so that a draft is
    the final picture at another size. The rendered window begins at (`x`, `y`) of the full picture. `sensor_height` is
    the height, in millimetres, of the sensor or film area that the full picture shows; None if it is unknown.
    """

    width: int
    height: int
    number: int = 0
    time: Fraction = Fraction(0)
    x: int = 0
    y: int = 0
    seed: int = 0
    sensor_height: float | None = None
