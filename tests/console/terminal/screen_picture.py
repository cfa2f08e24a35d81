"""A terminal's screen as an SVG image, in the colours of the documentation's images."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import TerminalTheme

# The dark palette of the console: background, text, and the eight colours of a terminal.
_THEME = TerminalTheme(
    (9, 16, 24),
    (206, 216, 222),
    [
        (24, 34, 44),
        (226, 92, 92),
        (120, 200, 150),
        (230, 180, 90),
        (90, 150, 210),
        (170, 140, 200),
        (90, 205, 210),
        (206, 216, 222),
    ],
)


def write_picture(styled_text: str, columns: int, title: str, path: Path) -> None:
    """Write a screen, a text with escape sequences, as an SVG image of `columns` columns."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    # tmux sets only the attributes that change, also from line to line.
    for line in AnsiDecoder().decode(styled_text):
        console.print(line, soft_wrap=True)
    svg = console.export_svg(title=title, theme=_THEME)
    # Without web fonts: a viewer must not fetch anything.
    path.write_text(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL), encoding="utf-8")
