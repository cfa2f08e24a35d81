"""Shows on an empty screen what belongs there, and the key that brings it."""

from __future__ import annotations

import re

from rich.text import Text
from textual import events
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.keymap import Keymap, keymap_of, with_keys
from cwtui.console.theme import Palette, palette_of

# The share of the screen's height above the text, and the height below which there is no space above it.
_SPACE_ABOVE, _MIN_HEIGHT = 4, 16
# From this height on there is a blank line between two lines.
_SPACED_HEIGHT = 20


class EmptyState(Widget):
    """Lines in the upper part of a screen, or at its top; the first one is emphasized. Without lines it is hidden."""

    DEFAULT_CSS = "EmptyState { height: auto; width: 100%; padding: 0 2; text-align: center; }"

    lines: reactive[tuple[str, ...]] = reactive((), layout=True)

    def __init__(self, *, centered: bool = True) -> None:
        super().__init__()
        self._centered = centered

    def on_mount(self) -> None:
        self.display = bool(self.lines)

    def watch_lines(self) -> None:
        """Shows the widget while it has lines."""
        self.display = bool(self.lines)
        self._place()

    def on_resize(self, event: events.Resize) -> None:
        self._place()

    def _place(self) -> None:
        height = self.screen.size.height
        spaced = self._centered and height >= _MIN_HEIGHT
        self.styles.margin = (height // _SPACE_ABOVE - 1 if spaced else 0, 0, int(height >= _MIN_HEIGHT), 0)

    def render(self) -> Text:
        palette, keymap = palette_of(self), keymap_of(self)
        # A very small screen has room for what is missing and for the key.
        lines = self.lines if self.screen.size.height >= _MIN_HEIGHT else (*self.lines[:1], *self.lines[1:][-1:])
        text = [_with_marked_keys(line, keymap, palette, "quiet" if n else "strong") for n, line in enumerate(lines)]
        return Text("\n\n" if self.screen.size.height >= _SPACED_HEIGHT and self._centered else "\n").join(text)


def _with_marked_keys(line: str, keymap: Keymap, palette: Palette, kind: str) -> Text:
    """A line with keys in place of action ids in braces, in the accent colour."""
    text = Text()
    for part in re.split(r"(\{\w+\})", line):
        shown = with_keys(part, keymap)
        text.append(shown, palette.styles[kind if shown == part else "here"])
    return text
