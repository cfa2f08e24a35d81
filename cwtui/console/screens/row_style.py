"""How a row of a list is drawn. Rows are built from values, without an app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.segment import Segment
from rich.style import Style

from cwtui.console.keymap import Keymap, with_keys
from cwtui.console.theme import Palette

GAP_MIN_HEIGHT = 30
"""From this height of the screen on, a list has a blank line between two groups."""

NEEDS_YOU = "Needs you"
"""The heading of what waits for an answer."""


def heading_segment(heading: str, styles: Mapping[str, Style]) -> Segment:
    """The heading of a group of rows; what needs the director stands out."""
    return Segment(f" {heading}", styles["alarm" if heading.startswith(NEEDS_YOU) else "heading"])


@dataclass(frozen=True, slots=True)
class RowStyle:
    """The palette and the width of a row in cells.

    `here`: the cursor is on it; `selected`: it is one of the selected rows; `plain`: as plain text.
    """

    palette: Palette
    width: int
    here: bool = False
    plain: bool = False
    selected: bool = False
    keymap: Keymap = field(default_factory=dict)

    @property
    def styles(self) -> dict[str, Style]:
        """The palette's styles by name."""
        return self.palette.styles

    def with_keys(self, text: str) -> str:
        """A text with the user's keys in place of action ids in braces."""
        return with_keys(text, self.keymap)

    @property
    def name(self) -> Style:
        """The style of the row's name."""
        return self.palette.styles["strong" if self.here else "text"]
