"""The teleprompter's paper, and the line below it: what is read, what was, what comes, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.screens.prompter.pacing import mirrored
from cwtui.formatting import cut, filled, plural

if TYPE_CHECKING:
    from cwtui.console.screens.prompter.screen import Prompter

_SHARE = 0.6


class Paper(Widget):
    """The script: the line that is read at a third of the height, a blank line between all."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._made: list[int | None] = []
        self._made_for: object = None

    @property
    def room(self) -> Prompter:
        """The prompter."""
        from cwtui.console.screens.prompter.screen import Prompter

        assert isinstance(self.screen, Prompter)
        return self.screen

    @property
    def column(self) -> int:
        """How wide the text is."""
        return max(12, min(self.size.width - 4, max(28, round(self.size.width * _SHARE))))

    @property
    def state(self) -> tuple[object, ...]:
        """What its look depends on."""
        reading = self.room.reading
        half = reading.part >= 0.5
        return (
            reading.script,
            reading.at,
            half,
            reading.ended,
            self.room.mirror,
            self.size,
            tuple(self.room.instead()),
        )

    def render_line(self, y: int) -> Strip:
        """A row: a line of the script, or the blank below one."""
        room, width = self.room, self.size.width
        ink, reading = room.desk.ink.styles, room.reading
        third = self.size.height // 3
        if not reading.lines:
            told = room.instead()
            text, kind = (
                told[(y - third) // 2] if (y - third) % 2 == 0 and 0 <= y - third < 2 * len(told) else ("", "text")
            )
            segments = [Segment(cut(text, width).center(width), ink[kind])]
        else:
            rows = self._rows()
            here = rows.index(reading.at) + (reading.part >= 0.5 and not reading.ended)
            row = y - third + here
            line = rows[row] if 0 <= row < len(rows) else None
            segments = self._segments(line) if line is not None else []
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    def _rows(self) -> list[int | None]:
        """Which line is on which row, from the script's first; one blank between, two before a paragraph."""
        lines = self.room.reading.lines
        if self._made_for is not lines:
            self._made_for, self._made = lines, []
            for n, line in enumerate(lines):
                self._made += [None] * ((1 + line.after_gap) if n else 0) + [n]
        return self._made

    def _segments(self, number: int) -> list[Segment]:
        room, column = self.room, self.column
        ink, at = room.desk.ink.styles, room.reading.at
        here = number == at
        kind = "here" if here else "faint" if number < at else "text"
        left = (self.size.width - column) // 2
        text, sign = filled(room.reading.lines[number].shown, column), "▸"
        if room.mirror:
            text, sign = mirrored(text), "◂"
        shown = here and not room.desk.plain
        margin = f"{sign if shown and not room.mirror else ''} ".rjust(left)
        return [
            Segment(margin, ink["accent"]),
            Segment(text, ink[kind]),
            Segment(f" {sign}" if shown and room.mirror else "", ink["accent"]),
        ]

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """A line on."""
        event.stop()
        self.room.do_line_forth()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """A line back."""
        event.stop()
        self.room.do_line_back()


class Foot(Widget):
    """Pace, what is left, what went by; and what should not be forgotten."""

    def render(self) -> Text:
        """One line; what matters least goes first where there is no room."""
        from cwtui.console.screens.prompter.screen import Prompter

        room = self.screen
        if not isinstance(room, Prompter) or room.sheet is None:
            return Text("")
        ink, reading, plain = room.desk.ink.styles, room.reading, room.desk.plain
        right = [Text("unsaved: e goes on with it" if not room.editing else "not saved yet", ink["amber"])]
        right = right if room.unsaved else []
        if room.editing:
            left = [Text("script.txt   ctrl+s saves it, esc leaves", ink["quiet"])]
        elif not reading.lines:
            left = []
        else:
            state, kind = ("rolling", "here") if room.rolling else ("the end" if reading.ended else "held", "quiet")
            left = [
                Text(state if plain else f"{'▸' if room.rolling else '·'} {state}", ink[kind]),
                Text(f"{reading.pace} words/min", ink["text"]),
                Text(f"{plural(round(reading.words_left), 'word')} left", ink["quiet"]),
                Text(f"{_clock(reading.seconds_left)} left", ink["text"]),
                Text(f"{_clock(reading.gone)} gone", ink["quiet"]),
            ]
            if room.mirror:
                right.insert(0, Text("mirrored", ink["amber"]))
            if marked := room.retakes:
                right.append(Text(f"{plural(len(marked), 'retake')}, last {marked[-1]}", ink["faint"]))
        width = self.size.width - 2
        while right and sum(part.cell_len + 3 for part in (*left, *right)) > width:
            right.pop()
        while left and sum(part.cell_len + 3 for part in (*left, *right)) > width + 3:
            left.pop()
        first, last = Text("   ").join(left), Text("   ").join(right)
        return Text(" ") + first + Text(" " * max(1, width - first.cell_len - last.cell_len)) + last


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
