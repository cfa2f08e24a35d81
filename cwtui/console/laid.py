"""What there is to say of something, a label and a value a line, the long ones wrapped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from cwtui.console.words import plural

if TYPE_CHECKING:
    from cwtui.console.app import Console

Line = tuple[str, str, str]
"""A label, what is said, and in which ink."""

_LABEL = 10


def laid_out(desk: Console, lines: Iterable[Line], width: int, height: int, margin: int = 0) -> Text:
    """The lines, as far as there is room; how many are left out is said."""
    ink, rows = desk.ink.styles, list[Text]()
    for label, value, kind in lines:
        parts = Text(value.replace("\n", " "), ink[kind]).wrap(desk.console, max(16, width - _LABEL - 1 - margin))
        for n, part in enumerate(parts):
            part.rstrip()
            rows.append(Text(f"{'':{margin}}{label if n == 0 else '':{_LABEL}}", ink["faint"]) + part)
    if len(rows) > height > 0:
        more = len(rows) - height + 1
        rows[height - 1 :] = [Text(f"{'':{margin + _LABEL}}and {plural(more, 'line')} more", ink["faint"])]
    return Text("\n").join(rows)
