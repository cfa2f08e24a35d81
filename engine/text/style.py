"""How lettering looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Sizes are shares: `size` (of the letters) of the picture's short edge, outlines and shadows of `size`.

    `font` is a .ttf, .otf or .ttc file, or empty for the one that comes with Cleanwater; whatever it lacks comes from
    others. Colours are #rrggbb or #rrggbbaa; an empty `box` is none. `sides` and `ends` are what stays free at the
    left and right, and at the top or bottom: EBU R 95 keeps 5 % free for graphics.
    """

    font: str = ""
    bold: bool = False
    size: float = 0.05
    colour: str = "#f0f6f8"
    outline: float = 0.0
    outline_colour: str = "#060e14"
    shadow: float = 0.0
    box: str = "#060e14a8"
    position: Literal["bottom", "top"] = "bottom"
    align: Literal["left", "center", "right"] = "center"
    sides: float = 0.05
    ends: float = 0.05
