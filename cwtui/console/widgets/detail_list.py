"""What there is to say of something, a label and a value a line, the long ones wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from cwtui.console.widgets.text_layout import truncate
from cwtui.formatting import plural

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp

Detail = tuple[str, str, str]
"""A label, what is said, and in which ink."""

_LABEL = 10


def layout_details(app: ConsoleApp, lines: Sequence[Detail], width: int, height: int, margin: int = 0) -> Text:
    """The lines: wrapped where there is room for all of that, else each cut; how many are left out is said."""
    styles, columns = app.palette.styles, max(16, width - _LABEL - 1 - margin)
    wrapped = [(label, [*Text(_flat(value), styles[kind]).wrap(app.console, columns)]) for label, value, kind in lines]
    if sum(len(parts) for _, parts in wrapped) > height > 0:
        wrapped = [(label, [Text(truncate(value, columns), styles[kind])]) for label, value, kind in lines]
    rows: list[Text] = []
    for label, parts in wrapped:
        for n, part in enumerate(parts):
            part.rstrip()
            rows.append(Text().append(f"{'':{margin}}{label if n == 0 else '':{_LABEL}}", styles["faint"]) + part)
    if len(rows) > height > 0:
        more = len(rows) - height + 1
        rows[height - 1 :] = [Text(f"{'':{margin + _LABEL}}and {plural(more, 'line')} more", styles["faint"])]
    return Text("\n").join(rows)


def _flat(value: str) -> str:
    return value.replace("\n", " ")
