"""Words that were said, takes and markers, found as one types."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import Dialog
from cwtui.console.widgets.debouncer import Debouncer
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.text_layout import pad
from cwtui.formatting import format_time, plural
from engine.catalog import Project
from engine.errors import RequestError

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.studio import SearchResult, Studio

_MAX_HITS = 200
_DEBOUNCE_S = 0.12


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Somewhere to go: a take, a moment of it, and why."""

    take: str
    at: Fraction
    label: str
    text: str
    kind: str


class SearchCompleted(Message):
    """What a phrase was found at."""

    def __init__(self, phrase: str, places: list[SearchHit]) -> None:
        super().__init__()
        self.phrase = phrase
        self.hits = places


class SearchDialog(Dialog[None]):
    """A line to type in; what is found below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave"),
        Binding("up", "move(-1)", "up", priority=True),
        Binding("down", "move(1)", "down", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._hits: dict[str, SearchHit] = {}
        self._phrase = ""
        self._debouncer = Debouncer(self, _DEBOUNCE_S, self._search)

    @property
    def settled(self) -> bool:
        """Whether the list is of what was typed, or about to be read."""
        return self._debouncer.idle

    def compose(self) -> ComposeResult:
        """The line, the list."""
        with Vertical(classes="card tall"):
            yield Static("Find words, takes, markers", classes="title")
            yield Input(placeholder="what was said, a take's name, a marker", select_on_focus=False)
            yield RowList(self._draw)
            yield Static("⏎ goes there   ↑ ↓ choose   esc leaves", classes="hint", markup=False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._phrase = event.value.strip()
        self._debouncer.trigger()

    def _search(self) -> None:
        phrase, screen = self._phrase, self

        def search(studio: Studio, project: Project | None) -> None:
            if phrase == screen._phrase and project:
                screen.post_message(SearchCompleted(phrase, _find_hits(studio, project, phrase)))

        self._console_app.submit(search)

    @on(SearchCompleted)
    def _found(self, found: SearchCompleted) -> None:
        if found.phrase != self._phrase:
            return
        self._hits = {f"{n:04d}": hit for n, hit in enumerate(found.hits)}
        self.query_one(RowList).set_rows(list(self._hits))
        more = " and more" if len(found.hits) == _MAX_HITS else ""
        summary = f"{plural(len(found.hits), 'place')}{more}   ⏎ goes there   esc leaves" if found.phrase else ""
        self.query(Static).last().update(summary)

    def action_move(self, steps: int) -> None:
        """Up or down."""
        self.query_one(RowList).move_by(steps)

    @on(RowList.RowSelected)
    @on(Input.Submitted)
    async def _open_hit(self) -> None:
        hit = self._hits.get(self.query_one(RowList).cursor or "")
        if hit is None:
            return
        app = self._console_app
        self.dismiss(None)
        await app.open_screen("review", app.snapshot.by_id.get(hit.take), hit.at)

    @property
    def _console_app(self) -> ConsoleApp:
        from cwtui.console.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = self._console_app.palette.styles
        hit = self._hits[key]
        yield Segment(" ▸ " if here else "   ", styles["accent"])
        yield Segment(pad(hit.label, 16), styles["text"])
        yield Segment(f" {format_time(hit.at)}  ", styles["quiet"])
        yield Segment(pad(hit.kind, 8), styles["faint"])
        yield Segment(pad(hit.text, width - 40), styles["strong" if here else "text"])


def _find_hits(studio: Studio, project: Project, phrase: str) -> list[SearchHit]:
    from engine.studio import search_project

    hits: list[SearchHit] = []
    # A phrase without letters is found in labels alone, an empty one nowhere.
    with suppress(RequestError):
        for result in islice(search_project(studio, project, phrase), _MAX_HITS):
            hits.append(_hit(result))
    return hits


def _hit(result: SearchResult) -> SearchHit:
    text, kind = result.text, {"takes": "take", "markers": "marker"}.get(result.scope, "said")
    if words := result.words:
        spaces = " " * words.space_before, " " * words.space_after
        text = f"{words.before}{spaces[0]}‹{words.text}›{spaces[1]}{words.after}"
        kind = words.speaker or kind
    return SearchHit(result.take.id, result.start, result.take.label, text, kind)
