"""A terminal's screen as an SVG image, in the colours of the documentation's images."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.console import Console

from scripts.picture import WATER


def write_picture(styled_text: str, columns: int, title: str, path: Path) -> None:
    """Write a screen, a text with escape sequences, as an SVG image of `columns` columns."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    # tmux sets only the attributes that change, also from line to line.
    for line in AnsiDecoder().decode(styled_text):
        console.print(line, soft_wrap=True)
    svg = console.export_svg(title=title, theme=WATER)
    # Without web fonts: a viewer must not fetch anything.
    path.write_text(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL), encoding="utf-8")
