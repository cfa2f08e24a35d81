"""The scale of a parameter's slider: its range, its steps, its number and its unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.looks import Parameter

# The slider shows so many times the look's value; of a value of 0, this share of the limits.
_TIMES, _SHARE = 4.0, 1 / 8
_STEPS = 80
_LARGE = 10
_UNITS = (
    (r"%", "%"),
    (r"\bkelvin\b", "K"),
    (r"µm on", "µm"),
    (r"\bmm\b", "mm"),
    (r"\b[Dd]egrees\b", "°"),
    (r"\bin metres\b", "m"),
    (r"^Distance at", "m"),
    (r"^Exposure in stops|^Stops", "stops"),
)


@dataclass(frozen=True, slots=True)
class SliderScale:
    """The range that a slider shows, the limits of the parameter, and a small step."""

    low: float
    high: float
    lowest: float
    highest: float
    step: float

    def share(self, value: float) -> float:
        """The place of a value on the slider, 0–1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def moved(self, value: float, direction: int, large: bool) -> float:
        """The next value on the grid of steps in a direction, or the tenth next one, within the limits."""
        step, count = self.step, _LARGE if large else 1
        places = value / step
        near = round(places)
        on_grid = abs(places - near) < 1e-6
        start = near if on_grid else floor(places) if direction > 0 else ceil(places)
        number = start + direction * count
        return min(self.highest, max(self.lowest, round(number * step, 9)))


def scale_of(parameter: Parameter) -> SliderScale:
    """The slider of a parameter, around its value in the look."""
    low, high, value = parameter.low, parameter.high, parameter.value
    around = _TIMES * abs(value) if value else (high - low) * _SHARE
    shown = max(low, value - around), min(high, value + around)
    raw = (shown[1] - shown[0]) / _STEPS
    power = 10.0 ** floor(log10(raw))
    step = max(one * power for one in (1, 2, 5) if one * power <= raw * 1.000001)
    return SliderScale(*shown, low, high, step)


def unit_of(parameter: Parameter) -> str:
    """The unit of a parameter, from its description; empty if it is a factor or a share."""
    return next((unit for pattern, unit in _UNITS if re.search(pattern, parameter.description)), "")


def number_text(value: float) -> str:
    """A value with up to four significant digits."""
    return f"{value:.4g}".replace("-", "−")
