"""The sound around an edit: the clip that ends above, the clip that begins below, the edit in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cwtui.block_chart import BLOCKS
from cwtui.console.theme import palette_of

SECONDS_PER_SIDE = Fraction(2)

_MIN_PEAK = 10


@dataclass(frozen=True, slots=True)
class SideSound:
    """The levels (0 to 255) of a take in steps of `step` seconds; `edit` is the time of the edit on its clock."""

    levels: Sequence[int] = ()
    step: Fraction = Fraction(1, 10)
    edit: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class EditSound:
    """The sound of the clip before an edit and of the clip after it. None is a gap, or an end of the cut."""

    before: SideSound | None = None
    after: SideSound | None = None


class EditWaveform(Widget):
    """Two lines of blocks. What the cut plays is in the accent colour, what it leaves out is faint."""

    data: reactive[EditSound] = reactive(EditSound())

    def render_line(self, y: int) -> Strip:
        width, ground, styles = self.size.width, self.rich_style, palette_of(self).styles
        lines = (self.data.before, self.data.after)
        if y >= len(lines):
            return Strip.blank(width, ground)
        left = width // 2
        drawn = blocks_around(lines[y], left, width - left - 1)
        kinds = ("accent", "faint") if y == 0 else ("faint", "accent")
        parts = (drawn[:left], kinds[0]), ("│", "here"), (drawn[left:], kinds[1])
        return Strip([Segment(text, ground + styles[kind]) for text, kind in parts], width)


def blocks_around(side: SideSound | None, left: int, right: int) -> str:
    """The sound of two seconds before an edit in `left` columns, and of two seconds after it in `right` columns."""
    if side is None or not side.levels:
        return " " * (left + right)
    starts = [side.edit - SECONDS_PER_SIDE * (left - n) / max(left, 1) for n in range(left)]
    starts += [side.edit + SECONDS_PER_SIDE * n / max(right, 1) for n in range(right)]
    column = SECONDS_PER_SIDE / max(left, right, 1)
    shares: list[int | None] = []
    for start in starts:
        first, last = start // side.step, -(-(start + column) // side.step)
        part = side.levels[max(first, 0) : max(last, 0)]
        shares.append(max(part) if part and start + column > 0 else None)
    top = max(*(share or 0 for share in shares), _MIN_PEAK)
    return "".join(" " if share is None else BLOCKS[max(1, round(share / top * 7))] for share in shares)
