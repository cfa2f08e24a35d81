"""Words that were said, takes and markers, found as one types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import Over
from cwtui.console.widgets.debouncer import Rest
from cwtui.console.widgets.row_list import RowList
from cwtui.formatting import filled, moment, plural
from engine.catalog import Project
from engine.errors import RequestError

if TYPE_CHECKING:
    from cwtui.console.app import Console
    from engine.studio import Studio

_MOST = 200
_DEBOUNCE_S = 0.12


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: a take, a moment of it, and why."""

    take: str
    at: Fraction
    label: str
    said: str
    kind: str


class FoundPlaces(Message):
    """What a phrase was found at."""

    def __init__(self, phrase: str, places: list[Place]) -> None:
        super().__init__()
        self.phrase = phrase
        self.places = places


class Search(Over[None]):
    """A line to type in; what is found below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave"),
        Binding("up", "move(-1)", "up", priority=True),
        Binding("down", "move(1)", "down", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[str, Place] = {}
        self._phrase = ""
        self._rest = Rest(self, _DEBOUNCE_S, self._look)

    @property
    def settled(self) -> bool:
        """Whether the list is of what was typed, or about to be read."""
        return self._rest.over

    def compose(self) -> ComposeResult:
        """The line, the list."""
        with Vertical(classes="card tall"):
            yield Static("Find words, takes, markers", classes="title")
            yield Input(placeholder="what was said, a take's name, a marker", select_on_focus=False)
            yield RowList(self._draw)
            yield Static("⏎ goes there   ↑ ↓ choose   esc leaves", classes="told", markup=False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._phrase = event.value.strip()
        self._rest.ask()

    def _look(self) -> None:
        phrase, screen = self._phrase, self

        def look(studio: Studio, project: Project | None) -> None:
            if phrase == screen._phrase and project:
                screen.post_message(FoundPlaces(phrase, _places(studio, project, phrase)))

        self._desk.do(look)

    @on(FoundPlaces)
    def _found(self, found: FoundPlaces) -> None:
        if found.phrase != self._phrase:
            return
        self._places = {f"{n:04d}": place for n, place in enumerate(found.places)}
        self.query_one(RowList).put(list(self._places))
        more = " and more" if len(found.places) == _MOST else ""
        told = f"{plural(len(found.places), 'place')}{more}   ⏎ goes there   esc leaves" if found.phrase else ""
        self.query(Static).last().update(told)

    def action_move(self, steps: int) -> None:
        """Up or down."""
        self.query_one(RowList).move(steps)

    @on(RowList.Chosen)
    @on(Input.Submitted)
    async def _go(self) -> None:
        place = self._places.get(self.query_one(RowList).cursor or "")
        if place is None:
            return
        desk = self._desk
        self.dismiss(None)
        await desk.go("review", desk.snapshot.by_id.get(place.take), place.at)

    @property
    def _desk(self) -> Console:
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        ink = self._desk.ink.styles
        place = self._places[key]
        yield Segment(" ▸ " if here else "   ", ink["accent"])
        yield Segment(filled(place.label, 16), ink["text"])
        yield Segment(f" {moment(place.at)}  ", ink["quiet"])
        yield Segment(filled(place.kind, 8), ink["faint"])
        yield Segment(filled(place.said, width - 40), ink["strong" if here else "text"])


def _places(studio: Studio, project: Project, phrase: str) -> list[Place]:
    if not phrase:
        return []
    takes = studio.takes(project)
    by_id = {take.id: take for take in takes}
    bare = phrase.casefold()
    found = [Place(take.id, Fraction(0), take.label, "", "take") for take in takes if bare in take.label.casefold()]
    for markers in studio.catalog.reviews.all_markers(project.id).values():
        for one in markers:
            if bare in one.label.casefold() and one.take_id in by_id:
                found.append(Place(one.take_id, one.at, by_id[one.take_id].label, one.label, "marker"))
    try:
        for take, said in studio.find(project, phrase):
            spaces = " " * said.space_before, " " * said.space_after
            words = f"{said.before}{spaces[0]}‹{said.text}›{spaces[1]}{said.after}"
            found.append(Place(take.id, said.start, take.label, words, said.speaker or "said"))
            if len(found) >= _MOST:
                break
    except RequestError:
        return found
    return found[:_MOST]
