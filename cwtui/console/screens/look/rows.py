"""The rows of Look: the looks, and the parameters of the chosen one as sliders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment

from cwtui.console.screens.look.sliders import number_text, scale_of, unit_of
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.widgets.text_layout import truncate

if TYPE_CHECKING:
    from cwtui.console.workers.look_reader import ListedLook
    from engine.looks import Parameter

_MARK, _VALUE, _UNIT, _MIN_BAR = 2, 7, 6, 6


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter with its value, whether it differs from the look's, and whether keyframes animate it.

    `on_key`: a keyframe is at the playhead.
    """

    parameter: Parameter
    value: float
    changed: bool = False
    animated: bool = False
    on_key: bool = False


def draw_look(look: ListedLook, style: RowStyle, changes: int, of_clip: bool) -> Iterator[Segment]:
    """Draws a look: an error mark, its name, what it needs, and whether it is own, changed, or that of the clip."""
    styles = style.styles
    remarks = [*look.reads, *(word for word, shown in (("clip", of_clip), ("own", look.own)) if shown)]
    if changes:
        remarks.insert(0, f"{changes} changed")
    remark = " · ".join(remarks)
    room = max(4, style.width - _MARK - cell_len(remark) - 1)
    name = truncate(look.name, room)
    yield Segment("✗ " if look.error else "  ", styles["red"])
    yield Segment(name, styles["red"] if look.error else style.name)
    yield Segment(" " * (room - cell_len(name) + 1))
    yield Segment(remark, styles["amber" if changes else "quiet"])


def draw_parameter(row: ParameterRow, style: RowStyle) -> Iterator[Segment]:
    """Draws a parameter: its marks, name, slider, value and unit."""
    styles, scale = style.styles, scale_of(row.parameter)
    name_width = max(8, min(18, style.width - _MARK - _VALUE - _UNIT - _MIN_BAR - 1))
    bar_width = max(0, style.width - _MARK - name_width - 1 - _VALUE - _UNIT)
    mark = ("◆" if row.on_key else "◇") if row.animated else "•" if row.changed else " "
    if style.plain and mark.strip():
        mark = "k" if row.animated else "*"
    yield Segment(f"{mark} ", styles["accent" if row.animated else "amber"])
    name = truncate(row.parameter.field.replace("_", " "), name_width)
    yield Segment(name, style.name)
    yield Segment(" " * (name_width - cell_len(name) + 1))
    if style.plain:
        yield Segment(" " * bar_width)
    elif bar_width:
        at = round(scale.share(row.value) * (bar_width - 1))
        yield Segment("━" * at, styles["accent"])
        yield Segment("●", styles["here" if style.here else "accent"])
        yield Segment("─" * (bar_width - 1 - at), styles["faint"])
    yield Segment(number_text(row.value).rjust(_VALUE), styles["amber" if row.changed else "text"])
    yield Segment(f" {unit_of(row.parameter)}".ljust(_UNIT), styles["quiet"])
