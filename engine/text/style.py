"""Caption style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Caption style. `size` (font size) is a share of the picture's short edge, outline and shadow of `size`.

    `font` is a .ttf, .otf or .ttc file, or empty for the bundled font; other fonts supply missing characters. Colours
    are #rrggbb or #rrggbbaa; an empty `box` means none. `sides` and `ends` are the free margins at left and right
    (share of the width; `right` is that at the right if it differs) and at top or bottom (share of the height): EBU
    R 95 keeps 5 % free for graphics. Words that are spoken have the `highlight_colour`.
    """

    font: str = ""
    bold: bool = False
    size: float = 0.05
    colour: str = "#f0f6f8"
    highlight_colour: str = "#ffd84d"
    outline: float = 0.0
    outline_colour: str = "#060e14"
    shadow: float = 0.0
    box: str = "#060e14a8"
    position: Literal["bottom", "top"] = "bottom"
    align: Literal["left", "center", "right"] = "center"
    sides: float = 0.05
    right: float | None = None
    ends: float = 0.05

    @property
    def right_side(self) -> float:
        """The free margin at the right, a share of the width."""
        return self.sides if self.right is None else self.right
