"""Labels and values, one on a line."""

from __future__ import annotations

from collections.abc import Sequence

from rich import get_console
from rich.cells import cell_len
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.keymap import keymap_of, with_keys
from cwtui.console.theme import Palette, palette_of
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.formatting import plural

Detail = tuple[str, str, str]
"""A label, its value, and the kind of style."""

_LABEL = 11
_WARNINGS = ("amber", "red")


class DetailList(Widget):
    """Labels and values, with keys for action ids in braces; a last line counts those for which there is no room."""

    MARGIN = 2

    lines: reactive[tuple[Detail, ...]] = reactive(())

    def render(self) -> Text:
        if not self.lines:
            return Text("")
        keymap = keymap_of(self)
        lines = [(label, with_keys(value, keymap), kind) for label, value, kind in self.lines]
        return layout_details(palette_of(self), lines, self.size.width, self.content_size.height, self.MARGIN)


def layout_details(palette: Palette, lines: Sequence[Detail], width: int, height: int, margin: int = 0) -> Text:
    """Returns the lines; those that are wider are wrapped as far as `height` allows, warnings first.

    What does not fit is truncated, and the last line counts the lines that are left out.
    """
    label_width = max([_LABEL, *(2 + cell_len(label) for label, _, _ in lines)])
    styles, columns = palette.styles, max(4, width - label_width - 1 - margin)
    wrapped = [[*Text(_flat(value), styles[kind]).wrap(get_console(), columns)] for _, value, kind in lines]
    spare = height - len(lines) if height > 0 else sum(map(len, wrapped))
    for n in sorted(range(len(lines)), key=lambda n: lines[n][2] not in _WARNINGS):
        taken = min(len(wrapped[n]) - 1, max(0, spare))
        if taken + 1 < len(wrapped[n]):
            rest = " ".join(part.plain.rstrip() for part in wrapped[n][taken:])
            wrapped[n][taken:] = [Text(truncate(rest, columns), styles[lines[n][2]])]
        spare -= taken
    rows: list[Text] = []
    for (label, _, _), parts in zip(lines, wrapped, strict=True):
        for n, part in enumerate(parts):
            part.rstrip()
            rows.append(Text().append(" " * margin + pad(label if n == 0 else "", label_width), styles["faint"]) + part)
    if len(rows) > height > 0:
        more = len(rows) - height + 1
        rows[height - 1 :] = [Text(" " * (margin + label_width) + f"and {plural(more, 'line')} more", styles["faint"])]
    return Text("\n").join(rows)


def _flat(value: str) -> str:
    return value.replace("\n", " ")
