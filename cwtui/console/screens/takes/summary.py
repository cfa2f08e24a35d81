"""The line above the list of takes: how many are listed and selected, the filter and the order."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.screens.empty_state import NO_TAKES
from cwtui.console.theme import Palette, palette_of
from cwtui.formatting import plural


@dataclass(frozen=True, slots=True)
class ListSummary:
    """The numbers of takes, and the keys that change what is listed. `hidden`: selected takes that are not listed."""

    every: int = 0
    listed: int = 0
    selected: int = 0
    hidden: int = 0
    filter: str = "all"
    sort: str = "shot"
    filter_key: str = ""
    sort_key: str = ""
    none_key: str = ""
    loading: bool = False


class TakesSummary(Widget):
    """Draws the summary."""

    data: reactive[ListSummary] = reactive(ListSummary(loading=True))

    def render(self) -> Text:
        return render_summary(self.data, palette_of(self), self.size.width)


def render_summary(data: ListSummary, palette: Palette, width: int) -> Text:
    """The summary in one line; the selection is at its right end."""
    styles = palette.styles
    if data.loading:
        return Text("")
    if not data.every:
        return Text(f" {NO_TAKES}", styles["quiet"])
    count = plural(data.every, "take") if data.listed == data.every else f"{data.listed:,} of {data.every:,} takes"
    left = Text(" ").append(count, styles["strong"])
    filtered, sorted_by = data.filter != "all", "as shot" if data.sort == "shot" else f"{data.sort} first"
    for key, name, value, changed in (
        (data.filter_key, "filter", data.filter, filtered),
        (data.sort_key, "order", sorted_by, data.sort != "shot"),
    ):
        left.append(f"   {key} ", styles["accent"]).append(f"{name}: ", styles["quiet"])
        left.append(value, styles["here" if changed else "text"])
    right = Text()
    if data.selected:
        right.append(f"✓ {data.selected:,} selected", styles["here"])
        if data.hidden:
            right.append(f", {data.hidden:,} not listed", styles["amber"])
        right.append(f"   {data.none_key}", styles["accent"]).append(" none ", styles["quiet"])
    room = width - right.cell_len - 2
    if left.cell_len > room:
        left.truncate(max(0, room), overflow="ellipsis")
    return left + Text(" " * max(1, width - left.cell_len - right.cell_len)) + right
