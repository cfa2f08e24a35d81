"""The teleprompter's script view and its footer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.screens.prompter.pacing import mirror_text
from cwtui.console.theme import palette_of
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.formatting import plural

if TYPE_CHECKING:
    from cwtui.console.screens.prompter.pacing import ScriptLine

_WIDTH_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class ScriptPage:
    """A script and the line that is read; `past_half` of it. Without lines, the placeholder: texts and their styles."""

    lines: Sequence[ScriptLine] = ()
    line_index: int = 0
    past_half: bool = False
    ended: bool = False
    mirror: bool = False
    placeholder: tuple[tuple[str, str], ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class FooterData:
    """The values of the footer: the editor's state or the pace, the words and times that are left, retakes, mirror."""

    editing: bool
    unsaved: bool
    has_lines: bool
    rolling: bool
    ended: bool
    mirror: bool
    pace: int
    words_left: int
    time_left: str
    elapsed: str
    retakes: int
    last_retake: str
    plain: bool


class ScriptView(Widget):
    """The script, double-spaced, with the current line at a third of the height."""

    page: reactive[ScriptPage] = reactive(ScriptPage())

    class Scrolled(Message):
        """The mouse wheel was turned, by so many lines."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row_lines: list[int | None] = []
        self._built_for: object = None

    @property
    def column(self) -> int:
        """The width of the text in cells."""
        return max(12, min(self.size.width - 4, max(28, round(self.size.width * _WIDTH_SHARE))))

    def render_line(self, y: int) -> Strip:
        page, width = self.page, self.size.width
        styles, third = palette_of(self).styles, self.size.height // 3
        if not page.lines:
            placeholder = page.placeholder
            text, kind = (
                placeholder[(y - third) // 2]
                if (y - third) % 2 == 0 and 0 <= y - third < 2 * len(placeholder)
                else ("", "text")
            )
            segments = [Segment(truncate(text, width).center(width), styles[kind])]
        else:
            rows = self._rows()
            here = rows.index(page.line_index) + (page.past_half and not page.ended)
            row = y - third + here
            line = rows[row] if 0 <= row < len(rows) else None
            segments = self._segments(line) if line is not None else []
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    def _rows(self) -> list[int | None]:
        """The line of each row: one blank row between lines, two before a paragraph."""
        lines = self.page.lines
        if self._built_for is not lines:
            self._built_for, self._row_lines = lines, []
            for n, line in enumerate(lines):
                self._row_lines += [None] * ((1 + line.after_gap) if n else 0) + [n]
        return self._row_lines

    def _segments(self, number: int) -> list[Segment]:
        page, column = self.page, self.column
        styles, at = palette_of(self).styles, page.line_index
        here = number == at
        kind = "here" if here else "faint" if number < at else "text"
        left = (self.size.width - column) // 2
        text, sign = pad(page.lines[number].text, column), "▸"
        if page.mirror:
            text, sign = mirror_text(text), "◂"
        shown = here and not page.plain
        margin = f"{sign if shown and not page.mirror else ''} ".rjust(left)
        return [
            Segment(margin, styles["accent"]),
            Segment(text, styles[kind]),
            Segment(f" {sign}" if shown and page.mirror else "", styles["accent"]),
        ]

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Scrolled(-1))


class PrompterFooter(Widget):
    """Pace, words and time left, elapsed time; mirroring and retakes."""

    data: reactive[FooterData | None] = reactive(None)

    def render(self) -> Text:
        data = self.data
        if data is None:
            return Text("")
        styles = palette_of(self).styles
        right = [Text("not saved: e continues" if not data.editing else "not saved yet", styles["amber"])]
        right = right if data.unsaved else []
        if data.editing:
            left = [Text("script.txt   ctrl+s Save · esc Close", styles["quiet"])]
        elif not data.has_lines:
            left = []
        else:
            state, kind = ("rolling", "here") if data.rolling else ("end" if data.ended else "paused", "quiet")
            left = [
                Text(state if data.plain else f"{'▸' if data.rolling else '·'} {state}", styles[kind]),
                Text(f"{data.pace} words/min", styles["text"]),
                Text(f"{plural(data.words_left, 'word')} left", styles["quiet"]),
                Text(f"{data.time_left} left", styles["text"]),
                Text(f"{data.elapsed} elapsed", styles["quiet"]),
            ]
            if data.mirror:
                right.insert(0, Text("mirrored", styles["amber"]))
            if data.retakes:
                right.append(Text(f"{plural(data.retakes, 'retake')}, last {data.last_retake}", styles["faint"]))
        width = self.size.width - 2
        while right and sum(part.cell_len + 3 for part in (*left, *right)) > width:
            right.pop()
        while left and sum(part.cell_len + 3 for part in (*left, *right)) > width + 3:
            left.pop()
        first, last = Text("   ").join(left), Text("   ").join(right)
        return Text(" ") + first + Text(" " * max(1, width - first.cell_len - last.cell_len)) + last
