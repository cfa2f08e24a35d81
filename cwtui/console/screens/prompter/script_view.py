"""The teleprompter's script view and its footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.screens.prompter.pacing import mirror_text
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.formatting import plural

if TYPE_CHECKING:
    from cwtui.console.screens.prompter.screen import PrompterScreen

_WIDTH_SHARE = 0.6


class ScriptView(Widget):
    """The script, double-spaced, with the current line at a third of the height."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row_lines: list[int | None] = []
        self._built_for: object = None

    @property
    def prompter(self) -> PrompterScreen:
        """The prompter screen, typed."""
        from cwtui.console.screens.prompter.screen import PrompterScreen

        assert isinstance(self.screen, PrompterScreen)
        return self.screen

    @property
    def column(self) -> int:
        """The width of the text in cells."""
        return max(12, min(self.size.width - 4, max(28, round(self.size.width * _WIDTH_SHARE))))

    @property
    def state(self) -> tuple[object, ...]:
        """The values that the rendering depends on."""
        reading = self.prompter.pacer
        half = reading.line_fraction >= 0.5
        return (
            reading.script,
            reading.line_index,
            half,
            reading.ended,
            self.prompter.mirror,
            self.size,
            tuple(self.prompter.placeholder()),
        )

    def render_line(self, y: int) -> Strip:
        screen, width = self.prompter, self.size.width
        styles, reading = screen.console_app.palette.styles, screen.pacer
        third = self.size.height // 3
        if not reading.lines:
            placeholder = screen.placeholder()
            text, kind = (
                placeholder[(y - third) // 2]
                if (y - third) % 2 == 0 and 0 <= y - third < 2 * len(placeholder)
                else ("", "text")
            )
            segments = [Segment(truncate(text, width).center(width), styles[kind])]
        else:
            rows = self._rows()
            here = rows.index(reading.line_index) + (reading.line_fraction >= 0.5 and not reading.ended)
            row = y - third + here
            line = rows[row] if 0 <= row < len(rows) else None
            segments = self._segments(line) if line is not None else []
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    def _rows(self) -> list[int | None]:
        """The line of each row: one blank row between lines, two before a paragraph."""
        lines = self.prompter.pacer.lines
        if self._built_for is not lines:
            self._built_for, self._row_lines = lines, []
            for n, line in enumerate(lines):
                self._row_lines += [None] * ((1 + line.after_gap) if n else 0) + [n]
        return self._row_lines

    def _segments(self, number: int) -> list[Segment]:
        screen, column = self.prompter, self.column
        styles, at = screen.console_app.palette.styles, screen.pacer.line_index
        here = number == at
        kind = "here" if here else "faint" if number < at else "text"
        left = (self.size.width - column) // 2
        text, sign = pad(screen.pacer.lines[number].text, column), "▸"
        if screen.mirror:
            text, sign = mirror_text(text), "◂"
        shown = here and not screen.console_app.plain
        margin = f"{sign if shown and not screen.mirror else ''} ".rjust(left)
        return [
            Segment(margin, styles["accent"]),
            Segment(text, styles[kind]),
            Segment(f" {sign}" if shown and screen.mirror else "", styles["accent"]),
        ]

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.prompter.action_line_forth()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.prompter.action_line_back()


class PrompterFooter(Widget):
    """Pace, words and time left, elapsed time; mirroring and retakes."""

    def render(self) -> Text:
        """One line; the least important parts are dropped when space is short."""
        from cwtui.console.screens.prompter.screen import PrompterScreen

        screen = self.screen
        if not isinstance(screen, PrompterScreen) or screen.script is None:
            return Text("")
        styles, reading, plain = screen.console_app.palette.styles, screen.pacer, screen.console_app.plain
        right = [Text("not saved: e continues" if not screen.editing else "not saved yet", styles["amber"])]
        right = right if screen.unsaved else []
        if screen.editing:
            left = [Text("script.txt   ctrl+s Save · esc Close", styles["quiet"])]
        elif not reading.lines:
            left = []
        else:
            state, kind = ("rolling", "here") if screen.rolling else ("end" if reading.ended else "paused", "quiet")
            left = [
                Text(state if plain else f"{'▸' if screen.rolling else '·'} {state}", styles[kind]),
                Text(f"{reading.pace} words/min", styles["text"]),
                Text(f"{plural(round(reading.words_left), 'word')} left", styles["quiet"]),
                Text(f"{_format_clock(reading.seconds_left)} left", styles["text"]),
                Text(f"{_format_clock(reading.elapsed)} elapsed", styles["quiet"]),
            ]
            if screen.mirror:
                right.insert(0, Text("mirrored", styles["amber"]))
            if marked := screen.retakes:
                right.append(Text(f"{plural(len(marked), 'retake')}, last {marked[-1]}", styles["faint"]))
        width = self.size.width - 2
        while right and sum(part.cell_len + 3 for part in (*left, *right)) > width:
            right.pop()
        while left and sum(part.cell_len + 3 for part in (*left, *right)) > width + 3:
            left.pop()
        first, last = Text("   ").join(left), Text("   ").join(right)
        return Text(" ") + first + Text(" " * max(1, width - first.cell_len - last.cell_len)) + last


def _format_clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
