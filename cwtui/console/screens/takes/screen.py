"""Takes: all that was shot, session by session, with what is known and what was decided of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.dialogs.prompts import Choose
from cwtui.console.screens.base import RoomScreen
from cwtui.console.screens.takes.take_details import condition_mark, facts, flags, retake_told
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import PICTURE_S, Rest
from cwtui.console.widgets.frame_view import Still
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.workers.frame_loader import Framed, Wish
from cwtui.console.workers.take_media import Glimpse, Glimpsed
from cwtui.formatting import cut, daypart, filled, length_of, level, moment, plural, shape
from engine.catalog import Encoding, Project, Take

if TYPE_CHECKING:
    from engine.studio import Studio

FILTERS = ("all", "undecided", "kept", "retakes", "starred", "needs you", "damaged")
SORTS = ("shot", "longest", "loudest", "newest")
# Takes are put in another order once what is known of them rests; below all that are heard, LUFS.
_ORDER_S = 0.3
_UNHEARD = -200.0
_ANSWERS = {
    "apple-log": "Apple Log", "apple-log-2": "Apple Log 2", "hlg": "HLG", "pq": "PQ (HDR10)", "rec709": "Rec.709",
    "srgb": "sRGB",
}  # fmt: skip


class Takes(RoomScreen):
    """The list, and the chosen take below it."""

    ROOM: ClassVar[str] = "takes"

    def __init__(self) -> None:
        super().__init__()
        self._still = Rest(self, PICTURE_S, self._want_still)
        self._order = Rest(self, _ORDER_S, lambda: self._list(self.desk.snapshot))
        self._sessions: dict[str, str] = {}
        self._listed_for: tuple[object, ...] = ()

    def furnish(self) -> Iterable[Widget]:
        """List, still, facts."""
        yield Static("", id="asking", markup=False)
        yield RowList(self._draw, id="takes")
        with Horizontal(id="closer"):
            yield Still(id="still")
            with Vertical(id="facts"):
                yield Facts()

    @property
    def rows(self) -> RowList | None:
        """The takes."""
        return self.query_one("#takes", RowList) if self.is_mounted else None

    @property
    def settled(self) -> bool:
        """Whether the still has been asked for, and the rows are in order."""
        return self._still.over and self._order.over

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio. Progress alone, which comes all the time, changes neither list nor still."""
        place, rows = self.desk.place, self._rows
        self.set_class(not snapshot.takes, "-none")
        listed_for = (snapshot.takes, snapshot.reviews, snapshot.conditions, place.filter, place.sort)
        if listed_for == self._listed_for:
            rows.again()
        else:
            self._listed_for = listed_for
            self._list(snapshot)
        self.query_one(Facts).again()
        self._still.ask()

    def _list(self, snapshot: Snapshot) -> None:
        place, rows = self.desk.place, self._rows
        listed = [take for take in snapshot.takes if self._fits(take, snapshot)]
        keys: list[str] = []
        if place.sort == "shot":
            self._sessions = {}
            for session, members in groupby(listed, key=lambda take: take.session):
                group = list(members)
                key = f"{HEADING}{session}"
                self._sessions[key] = _session_told(group)
                keys += [key, *(take.id for take in group)]
        else:
            keys = [take.id for take in self._sorted(listed)]
        fresh = rows.cursor is None
        rows.put(keys)
        if fresh:
            rows.go(place.take)
        asking = self.query_one("#asking", Static)
        asking.update(self._asking(len(listed), len(snapshot.takes)))
        asking.set_class(place.filter == "all" and place.sort == "shot" and bool(listed), "-idle")

    def glimpsed(self, seen: Glimpsed) -> None:
        """A row has more to show."""
        self._rows.again_soon()
        if self.desk.place.sort == "loudest":
            self._order.ask()
        if self.take and seen.take == self.take.id:
            self.query_one(Facts).refresh()

    def framed(self, seen: Framed) -> None:
        """The still of the chosen take."""
        if self.take and seen.wish.slot == "still" and seen.wish.take.id == self.take.id:
            self.query_one("#still", Still).framed(seen)

    def left(self) -> None:
        """Pictures go with the room."""
        self.query_one("#still", Still).take_off()

    def on_row_list_moved(self, moved: RowList.Moved) -> None:
        """Another take is meant."""
        self.desk.choose_take(self.desk.snapshot.by_id.get(moved.key or ""))
        self._look_closer()

    def on_still_sized(self) -> None:
        """Another size, another still."""
        self._look_closer()

    @property
    def take(self) -> Take | None:
        """The one under the cursor."""
        rows = self.rows
        return self.desk.snapshot.by_id.get(rows.cursor or "") if rows else None

    def why_not(self, action: str) -> str:
        """What does not fit the take under the cursor."""
        take = self.take
        if action == "answer" and take and not take.needs_director:
            return f"{take.label} waits for no answer."
        if action == "open" and take is None:
            return "There is no take to open."
        return ""

    # What is done here

    async def do_open(self) -> None:
        """To Review."""
        await self.desk.go("review")

    def do_filter(self) -> None:
        """The next filter."""
        place = self.desk.place
        self.desk.remember(filter=_after(FILTERS, place.filter))
        self.show(self.desk.snapshot)

    def do_sort(self) -> None:
        """The next order."""
        place = self.desk.place
        self.desk.remember(sort=_after(SORTS, place.sort))
        self.show(self.desk.snapshot)

    def do_retake(self) -> None:
        """To be left out; of which take, if there is one that says the same."""
        ask_retake(self)

    def do_answer(self) -> None:
        """The input transform."""
        if self.take:
            ask_transform(self, self.take)

    def do_prepare(self) -> None:
        """Asks for what may be wanted, now."""
        take = self.take
        assert take

        def prepare(studio: Studio, project: Project | None) -> str:
            asked = studio.jobs.submit(studio.tasks.preparation(take))
            return f"{take.label}: {plural(len(asked), 'job')} asked for."

        self.desk.do(prepare)

    # How it looks

    def _look_closer(self) -> None:
        self.query_one(Facts).refresh()
        self._still.ask()

    def _want_still(self) -> None:
        take, still = self.take, self.query_one("#still", Still)
        if not self.is_current:
            return
        if take is None:
            still.put(None, "")
            return
        wish, words = None, "sound alone"
        if picture := take.probe.picture:
            words = f"{picture.display_width}×{picture.display_height} {picture.encoding_name}"
            width = still.wanted_width(picture.display_width / picture.display_height)
            if take.needs_director:
                words = "log: a answers how it is read"
            elif width:
                wish = Wish("still", take, picture.frames // 3, width)
        if wish is None:
            still.put(None, words)
        else:
            still.ask(wish)

    def _fits(self, take: Take, snapshot: Snapshot) -> bool:
        review = snapshot.review(take)
        wanted = self.desk.place.filter
        return {
            "undecided": review.verdict is None,
            "kept": review.verdict == "keep",
            "retakes": review.verdict == "retake",
            "starred": review.star,
            "needs you": take.needs_director or not take.probe.original or _is_new_damage(take, snapshot),
            "damaged": snapshot.condition(take).state == "damaged",
        }.get(wanted, True)

    def _sorted(self, takes: Sequence[Take]) -> list[Take]:
        by = self.desk.place.sort
        if by == "longest":
            return sorted(takes, key=lambda take: -take.probe.duration)
        if by == "newest":
            return sorted(takes, key=lambda take: take.arrived_at, reverse=True)
        known = ((take.id, self.desk.glimpses.loudness_of(take)) for take in takes)
        heard = {key: _UNHEARD if lufs is None else lufs for key, lufs in known}
        return sorted(takes, key=lambda take: -heard[take.id])

    def _asking(self, listed: int, every: int) -> str:
        place = self.desk.place
        if not self.desk.snapshot.at or not every:
            return "  No takes yet: I goes to Ingest, where + brings footage in."
        told = f"  {listed} of {plural(every, 'take')}: {place.filter}"
        return (
            told
            + (f", {place.sort} first" if place.sort != "shot" else "")
            + ("; f shows others" if not listed else "")
        )

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        ink = self.desk.ink.styles
        if key.startswith(HEADING):
            yield Segment(f"  {cut(self._sessions.get(key, ''), width - 2)}", ink["quiet"])
            return
        take = self.desk.snapshot.by_id.get(key)
        if take is None:
            return
        glimpse = self.desk.glimpses.of(take) or Glimpse()
        yield from row(self, take, glimpse, width, here)


class Facts(Widget):
    """What is known of the take under the cursor."""

    _drawn: Text | None = None

    def again(self) -> None:
        """Drawn anew where it became different."""
        before = self._drawn
        if self.render() != before:
            self.refresh()

    def render(self) -> Text:
        """Label and value, a line each."""
        room = self.screen
        if not isinstance(room, Takes) or room.take is None:
            return Text("")
        glimpse = room.desk.glimpses.of(room.take) or Glimpse()
        self._drawn = facts(room.desk, room.take, glimpse, *self.size)
        return self._drawn


def row(room: RoomScreen, take: Take, glimpse: Glimpse, width: int, here: bool) -> Iterable[Segment]:
    """A take in a line: what needs saying first, then what was decided, length, picture, loudness, shape, words."""
    desk = room.desk
    ink, review = desk.ink.styles, desk.snapshot.review(take)
    wide = width >= 100
    mark = "!" if take.needs_director or not glimpse.present else "▸" if here else " "
    yield Segment(f" {mark} ", ink["amber" if mark == "!" else "accent"])
    yield Segment(f"{take.number:03d}", ink["strong" if here else "text"])
    sign, kind = condition_mark(desk.snapshot.condition(take))
    yield Segment(f"{sign} ", ink[kind])
    yield Segment("★ " if review.star else "· ", ink["amber" if review.star else "faint"])
    verdict = review.verdict or ""
    yield Segment(filled(verdict, 8), ink["accent" if verdict == "keep" else "quiet"])
    yield Segment(f"{length_of(take)}  ", ink["text"])
    used = 3 + 5 + 2 + 8 + 13
    if wide:
        yield Segment(filled(flags(take), 13), ink["quiet"])
        used += 13
    yield Segment(filled(level(glimpse.loudness), 12, right=True), ink["quiet" if glimpse.levels else "faint"])
    used += 12
    if not desk.plain:
        columns = min(20, max(8, (width - used) // 4))
        yield Segment("  ", ink["text"])
        if glimpse.levels:
            yield Segment(shape(glimpse.levels.rms, columns), ink["accent" if verdict != "retake" else "faint"])
        else:
            yield Segment(filled("", columns), ink["faint"])
        used += columns + 2
    told, kind = retake_told(desk, take, glimpse)
    yield Segment("  ", ink["text"])
    if told:
        short = cut(told, max(0, width - used - 2))
        yield Segment(filled(short, width - used - 2), ink[kind])
    else:
        yield Segment(filled(glimpse.opening, width - used - 2), ink["quiet" if verdict == "retake" else "text"])


def ask_retake(room: RoomScreen) -> None:
    """Marks a take to be left out: of which other, where one that says the same is near."""
    take, desk = room.take, room.desk
    assert take
    near = [one for one in desk.snapshot.takes if one.id != take.id and one.session == take.session]
    near.sort(key=lambda one: abs(one.number - take.number))
    known = {one.id: desk.glimpses.of(one) or Glimpse() for one in near[:12]}
    choices = [("", "of none", "only left out"), *((one.id, one.label, known[one.id].opening) for one in near[:12])]
    suggested = desk.suggestion(take)

    def chosen(of: str | None) -> None:
        if of is not None:
            desk.do_to(take, lambda studio, meant: studio.catalog.reviews.set_verdict(
                meant, "retake", desk.snapshot.by_id.get(of)))  # fmt: skip

    desk.push_screen(Choose(f"{take.label} is a retake", choices, suggested.id if suggested else ""), chosen)


def ask_transform(room: RoomScreen, take: Take) -> None:
    """How a log take is read: never guessed, always asked."""
    picture, desk = take.probe.picture, room.desk
    suggested = picture.suggested_input_transform if picture else None
    choices = [
        (str(one), _ANSWERS.get(str(one), str(one)), "what the file says" if one == suggested else "")
        for one in Encoding
        if str(one) in _ANSWERS
    ]

    def chosen(answer: str | None) -> None:
        if answer:
            desk.do(lambda studio, _: f"{studio.confirm(take, Encoding(answer)).label} is read as {answer}.")

    desk.push_screen(Choose(f"How is {take.label} read?", choices, str(suggested) if suggested else None), chosen)


def _is_new_damage(take: Take, snapshot: Snapshot) -> bool:
    return snapshot.review(take).verdict is None and snapshot.condition(take).state == "damaged"


def _after(ways: Sequence[str], way: str) -> str:
    """The next one; the first after one that there is not."""
    return ways[(ways.index(way) + 1) % len(ways)] if way in ways else ways[0]


def _session_told(group: Sequence[Take]) -> str:
    first = group[0]
    seconds = sum((take.probe.duration for take in group), Fraction(0))
    camera = first.probe.capture.model or "no camera named"
    when = f"{first.captured_at:%a %d %b %Y}, {daypart(first.captured_at)}"
    return f"{when} · {camera} · {plural(len(group), 'take')} · {moment(seconds)[:8]}"
