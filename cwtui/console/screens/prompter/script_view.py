"""The teleprompter's script view and its footer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
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
from cwtui.path_text import shown_path

if TYPE_CHECKING:
    from cwtui.console.documents.script_file import ScriptFile
    from cwtui.console.screens.prompter.pacing import ScriptLine
    from engine.text import LargeType

_WIDTH_SHARE = 0.6
# The margins of large type, in cells; a sign in the left one marks the line that is read.
_MARGIN = 3
# Lines of large type that are kept as they are drawn; more than any screen shows.
_KEPT_LINES = 60


@dataclass(frozen=True, slots=True)
class ScriptPage:
    """A script and the line that is read, `fraction` of it. Without lines, the placeholder: texts and their styles.

    `large_type` draws the lines in large letters, or flipped ones with `mirror`; with None they are plain text.
    """

    lines: Sequence[ScriptLine] = ()
    line_index: int = 0
    fraction: float = 0.0
    ended: bool = False
    mirror: bool = False
    placeholder: tuple[tuple[str, str], ...] = ()
    plain: bool = False
    large_type: LargeType | None = None

    @property
    def line_rows(self) -> int:
        """The height of a line in rows."""
        return self.large_type.rows if self.large_type else 1

    @property
    def gap(self) -> int:
        """The blank rows between two lines."""
        return max(1, self.line_rows // 6)

    @property
    def scrolled(self) -> int:
        """The rows by which the line that is read has moved up."""
        return 0 if self.ended else int(self.fraction * (self.line_rows + self.gap))


@dataclass(frozen=True, slots=True)
class FooterData:
    """The values of the footer: the editor's state or the pace, the words and times that are left, retakes, mirror."""

    editing: bool
    unsaved: bool
    has_lines: bool
    rolling: bool
    ended: bool
    mirror: bool
    size: int
    microphone: bool
    pace: int
    words_left: int
    time_left: str
    elapsed: str
    retakes: int
    last_retake: str
    plain: bool


_PURPOSE = ("The text that you read while you record runs here, at your pace.", "quiet")
_NEW_PROJECT = "Press {go_ingest}, then {new_project} to create one."


def placeholder_lines(
    project: str, script: ScriptFile | None, path: Path | None, unsaved: bool
) -> tuple[tuple[str, str], ...]:
    """Returns the lines shown without a script, each with its style; `path` is the script's in the project.

    `unsaved`: there is a draft of a script.

    Keys are action ids in braces, for `with_keys`.
    """
    if path is None:
        return ("No project yet.", "strong"), _PURPOSE, (_NEW_PROJECT, "quiet")
    if script is None:
        return ()
    if script.error:
        return (script.error, "red"), ("The file was not changed.", "quiet")
    if unsaved:
        return (
            (f"The script for “{project}” is not saved yet.", "strong"),
            _PURPOSE,
            ("Press {edit} to continue, then {save} to save it.", "quiet"),
        )
    return (
        (f"No script for “{project}” yet.", "strong"),
        _PURPOSE,
        ("Press {edit} to write one.", "quiet"),
        (f"Or save it as plain text at {shown_path(path)}", "faint"),
    )


class ScriptView(Widget):
    """The script with the current line at a third of the height, double-spaced or in large type."""

    page: reactive[ScriptPage] = reactive(ScriptPage(), repaint=False)

    class Scrolled(Message):
        """The mouse wheel was turned, by so many lines."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    class WidthChanged(Message):
        """The view has another width; lines must be wrapped again."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first_rows: list[int] = []
        self._built_for: tuple[object, ...] = ()
        self._drawn: dict[int, list[str]] = {}
        self._widths: dict[int, int] = {}
        self._shown: tuple[object, ...] = ()

    def column(self, large: bool) -> int:
        """The width of the text in cells; 0 while the view is hidden."""
        width = self.size.width
        if width == 0:
            return 0
        if large:
            return max(12, width - 2 * _MARGIN)
        return max(12, min(width - 4, max(28, round(width * _WIDTH_SHARE))))

    def on_resize(self) -> None:
        self.post_message(self.WidthChanged())

    def watch_page(self, page: ScriptPage) -> None:
        """Redraws the view if it looks different: the fraction of a line alone moves it by whole rows."""
        where = (page.lines, page.line_index, page.scrolled, page.ended)
        looks = (where, page.mirror, page.placeholder, page.plain, page.large_type)
        if looks != self._shown:
            self._shown = looks
            self.refresh()

    def render_line(self, y: int) -> Strip:
        page, width = self.page, self.size.width
        styles, third = palette_of(self).styles, self.size.height // 3
        segments: list[Segment] = []
        if not page.lines:
            placeholder = page.placeholder
            if (y - third) % 2 == 0 and 0 <= y - third < 2 * len(placeholder):
                text, kind = placeholder[(y - third) // 2]
                segments = [Segment(truncate(text, width).center(width), styles[kind])]
        else:
            firsts = self._rows()
            # A large line is shown whole, even in a low terminal.
            top = max(0, min(third, self.size.height - page.line_rows))
            row = y - top + firsts[page.line_index] + page.scrolled
            number = bisect_right(firsts, row) - 1
            if number >= 0 and row - firsts[number] < page.line_rows:
                segments = self._segments(number, row - firsts[number])
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    def _rows(self) -> list[int]:
        """The first row of each line; a paragraph begins after one more gap."""
        page = self.page
        made_for = (page.lines, page.large_type, page.mirror)
        if len(self._built_for) != 3 or any(a is not b for a, b in zip(made_for, self._built_for, strict=True)):
            self._built_for, self._first_rows, self._drawn = made_for, [], {}
            row = 0
            for n, line in enumerate(page.lines):
                row += page.gap * (line.after_gap and n > 0)
                self._first_rows.append(row)
                row += page.line_rows + page.gap
        return self._first_rows

    def _segments(self, number: int, row: int) -> list[Segment]:
        page, column = self.page, self.column(self.page.large_type is not None)
        styles, at = palette_of(self).styles, page.line_index
        here = number == at
        kind = "here" if here else "faint" if number < at else "text"
        left = (self.size.width - column) // 2
        text, sign = self._line_text(number, row, column), "◂" if page.mirror else "▸"
        shown = here and not page.plain and row == page.line_rows // 2
        margin = f"{sign if shown and not page.mirror else ''} ".rjust(left)
        return [
            Segment(margin, styles["accent"]),
            Segment(text, styles[kind]),
            Segment(f" {sign}" if shown and page.mirror else "", styles["accent"]),
        ]

    def _line_text(self, number: int, row: int, column: int) -> str:
        """Returns a row of a line, as wide as the column."""
        page, text = self.page, self.page.lines[number].text
        if page.large_type is None:
            padded = pad(text, column)
            return mirror_text(padded) if page.mirror else padded
        if number not in self._drawn:
            from engine.text import cell_rows, mirrored

            pixels = page.large_type.draw(text)
            self._drawn[number] = cell_rows(mirrored(pixels) if page.mirror else pixels)
            while len(self._drawn) > _KEPT_LINES:
                self._drawn.pop(next(iter(self._drawn)))
            # The rows have no spaces at their end: a mirrored line keeps its width.
            self._widths[number] = pixels.shape[1] // 2
        cells = self._drawn[number][row].ljust(self._widths[number])
        return pad(cells.rjust(column) if page.mirror else cells, column)

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
            left = [Text("script.txt", styles["quiet"])]
        elif not data.has_lines:
            left = []
        else:
            state, kind = ("rolling", "here") if data.rolling else ("end" if data.ended else "paused", "quiet")
            sign = "▸" if data.rolling else "·"
            if data.microphone:
                # The first part is never left out.
                sign, state, kind = "●", "microphone on", "red"
            left = [
                Text(state if data.plain else f"{sign} {state}", styles[kind]),
                Text(f"{data.pace} words/min", styles["text"]),
                Text(f"{plural(data.words_left, 'word')} left", styles["quiet"]),
                Text(f"{data.time_left} left", styles["text"]),
                Text(f"{data.elapsed} elapsed", styles["quiet"]),
            ]
            if data.size:
                right.insert(0, Text(f"size {data.size}", styles["quiet"]))
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
