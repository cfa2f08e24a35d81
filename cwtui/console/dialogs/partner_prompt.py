"""Prompts for the take to compare with: a list with what makes each a likely partner, and a frame of the selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from cwtui.console.dialogs.base import LIST_BINDINGS, ListDialog, close_bindings
from cwtui.console.dialogs.take_frame import FrameSource, TakeFrame
from cwtui.console.messages import FrameLoaded
from cwtui.console.theme import palette_of
from cwtui.console.widgets.columns import Cell, Column, lay_out, lay_out_headings
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from engine.catalog import Take

_SLOT = "partner"
_LISTED = 10
# Where a row is too narrow, the time, the file, the words and the length give way, in this order.
_COLUMNS = (
    Column(3, "no."),
    Column(12, "file", grow=1, most=18, rank=3),
    Column(12, "recorded", rank=4),
    Column(11, "length", rank=1),
    Column(7, "verdict"),
    Column(17, "link"),
    Column(16, "words", grow=4, rank=2),
)


@dataclass(frozen=True, slots=True)
class Partner:
    """A take to compare with. `link` says what makes it a likely one; `words` are its first words."""

    take: Take
    recorded: str
    length: str
    verdict: str
    starred: bool
    link: str
    words: str


class PartnerPrompt(ListDialog[str | None]):
    """Prompts for the id of one of the takes; returns None when cancelled. `partner_of` describes a take."""

    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (30, "-tall")]  # noqa: RUF012 - as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("quit"),
        Binding("enter", "take", "choose"),
        *LIST_BINDINGS,
    ]

    def __init__(
        self,
        question: str,
        takes: Sequence[str],
        partner_of: Callable[[str], Partner],
        at: str | None,
        frames: FrameSource,
    ) -> None:
        super().__init__()
        self._question, self._takes, self._partner_of, self._at = question, takes, partner_of, at
        self._frames = frames

    def compose(self) -> ComposeResult:
        with Vertical(classes="card partners"):
            yield Static(self._question, classes="title", markup=False)
            yield RowList(self._draw, header=self._draw_headings)
            with Horizontal():
                yield TakeFrame(self._frames, _SLOT)
                yield Static("", id="partner", markup=False)
            yield Static("⏎ Compare   esc Cancel", classes="hint", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(RowList)
        rows.styles.height = min(len(self._takes), _LISTED) + 1
        rows.set_rows(list(self._takes))
        rows.move_to(self._at)

    @on(RowList.RowSelected)
    def action_take(self) -> None:
        self.dismiss(self.query_one(RowList).cursor)

    def media_loaded(self, take: str) -> None:
        """Shows the words of a take that have just been read."""
        if take in self._takes:
            self.query_one(RowList).refresh_changed()
            self._show_words()

    @on(RowList.RowHighlighted)
    def _show_selected(self) -> None:
        self._show_words()
        self._show_frame()

    def _show_words(self) -> None:
        cursor = self.query_one(RowList).cursor
        self.query_one("#partner", Static).update(self._partner_of(cursor).words if cursor else "")

    def _show_frame(self) -> None:
        cursor = self.query_one(RowList).cursor
        if cursor is not None:
            self.query_one(TakeFrame).show_take(self._partner_of(cursor).take)

    @on(FrameView.SizeChanged)
    def _resized(self) -> None:
        self._show_frame()

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame if its take is under the cursor."""
        if event.request.slot == _SLOT:
            self.query_one(TakeFrame).frame_loaded(event)

    def _draw_headings(self, width: int) -> Iterable[Segment]:
        yield from lay_out_headings(_COLUMNS, palette_of(self).styles["heading"], width)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles, one = palette_of(self).styles, self._partner_of(key)
        name = styles["strong" if here else "text"]
        cells: list[Cell] = [
            (f"{one.take.number:03d}", name),
            (one.take.path.name, name),
            (one.recorded, styles["quiet"]),
            (one.length, styles["text"]),
            (f"{'★ ' if one.starred else ''}{one.verdict}", styles["accent" if one.verdict == "keep" else "quiet"]),
            (one.link, styles["text"]),
            (one.words, styles["quiet"]),
        ]
        yield from lay_out(_COLUMNS, cells, width)
