"""Two takes side by side in Review: their pictures on the same words, their measures, and the words that differ."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from cwtui.console.dialogs.take_frame import FrameSource
from cwtui.console.keymap import first_key
from cwtui.console.screens.review.compared_side import ComparedSide, SideData
from cwtui.console.screens.review.picture_pane import request_frame
from cwtui.console.screens.review.playhead import PlayheadScreen
from cwtui.console.screens.take_prompts import comparison_prompt
from cwtui.console.widgets.compared_words import ComparedWord, compared_words
from cwtui.console.widgets.frame_view import WAITING
from cwtui.console.workers.error_report import to_engine_error
from cwtui.take_measures import take_measures
from engine.catalog import Edit, Project, Reviews, Take
from engine.speech import matched_words, matching_time

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.speech import Word, WordSpan
    from engine.studio import ComparedTake, Studio, TakeComparison

_MEASURES = ("length", "loudness", "pace", "face", "condition")
# The slots of the two frames: the left side's is that of a take alone.
SLOTS = ("review", "comparison")


class ComparisonLoaded(Message):
    """The comparison of two takes, or why they cannot be compared."""

    def __init__(self, takes: tuple[str, str], found: TakeComparison | None, error: str) -> None:
        super().__init__()
        self.takes = takes
        self.found = found
        self.error = error


class ComparisonScreen(PlayheadScreen, Protocol):
    """A screen with two sides for takes."""

    @property
    def sides(self) -> tuple[ComparedSide, ComparedSide]:
        """The left and the right side."""
        ...

    def show_take(self, take: Take, at: Fraction = ...) -> None:
        """Shows a take at a time in seconds."""
        ...

    def show_comparison(self, on: bool) -> None:
        """Shows one side or both."""
        ...

    def decide(self, work: Callable[[Reviews, tuple[Take, ...]], Edit | None], decided: Collection[str] = ()) -> None:
        """Submits a verdict on the shown take."""
        ...

    def post_message(self, message: Message) -> bool:
        """Posts a message to the screen."""
        ...


class Comparison:
    """The comparison of the take that the screen shows with another one. Actions apply to the shown take's side."""

    def __init__(self, screen: ComparisonScreen) -> None:
        self._screen = screen
        self._takes: tuple[str, str] | None = None
        self._found: TakeComparison | None = None
        self._error = ""
        # Pairs of matching words, from the left take to the right one and back.
        self._pairs: tuple[Mapping[int, int], Mapping[int, int]] = {}, {}
        # The words as they are shown, and the comparison and the mode (plain text) that they are made for.
        self._shown_words: tuple[tuple[ComparedWord, ...], ...] = (), ()
        self._words_made_for: tuple[TakeComparison | None, bool] = None, False
        # The playheads of both takes when the focus moved last: it moves back to the same place.
        self._left_at: dict[str, Fraction] = {}

    @property
    def is_open(self) -> bool:
        """Whether two takes are compared."""
        return self._takes is not None

    @property
    def takes(self) -> tuple[Take, ...]:
        """The takes of the left and the right side; none if no comparison is open."""
        by_id = self._screen.console_app.snapshot.by_id
        return tuple(by_id[one] for one in self._takes or () if one in by_id)

    @property
    def other(self) -> Take | None:
        """The take on the side without the focus."""
        take = self._screen.take
        return next((one for one in self.takes if take and one.id != take.id), None)

    @property
    def linked_take(self) -> Take | None:
        """The take that the shown one is a retake of, its retake, or the likely one."""
        take, app = self._screen.take, self._screen.console_app
        if take is None:
            return None
        of = app.snapshot.by_id.get(app.snapshot.review(take).retake_of or "")
        again = (one for one in app.snapshot.takes if app.snapshot.review(one).retake_of == take.id)
        return of or next(again, None) or app.suggest_retake(take)

    def has(self, take: Take) -> bool:
        """Whether a take is one of the two."""
        return take.id in (self._takes or ())

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled."""
        app = self._screen.console_app
        if action in ("compare", "compare_with") and len(app.snapshot.takes) < 2:
            return "There is no other take to compare with."
        if action in ("other_side", "swap_sides", "pick_winner", "close_comparison") and not self.is_open:
            return f"No comparison is open. Press {first_key('compare', app.keymap)} to open one."
        return ""

    def open_with(self, other: Take) -> None:
        """Shows a take on the right side."""
        take = self._screen.take
        if take is not None:
            self._show((take.id, other.id))

    def focus(self, side: int) -> None:
        """Moves the focus to the left side (0) or the right one (1)."""
        take = self._screen.take
        if self._takes and take and self._takes[side] != take.id:
            self.action_other_side()

    def replace(self, take: Take) -> None:
        """Shows another take on the side that has the focus."""
        other = self.other
        if self._takes and other:
            self._show((take.id, other.id) if self._takes[1] == other.id else (other.id, take.id))

    def close(self) -> None:
        """Shows the take alone."""
        if self._takes is not None:
            self._takes = self._found = None
            self._screen.console_app.frame_loader.cancel(SLOTS[1])
            self._screen.show_comparison(False)

    def update(self) -> None:
        """Shows new decisions of the takes; ends if one of them is gone."""
        if self.is_open and (len(self.takes) < 2 or self.other is None):
            self.close()
        elif self.is_open:
            self._update_sides()

    def reload(self) -> None:
        """Compares the takes again, because their levels or words are new."""
        if len(takes := self.takes) == 2:
            self._screen.console_app.submit(_load((takes[0], takes[1]), self._screen.post_message))

    def loaded(self, event: ComparisonLoaded) -> None:
        """Shows the comparison of the takes."""
        if event.takes != self._takes:
            return
        self._found, self._error = event.found, event.error
        pairs = matched_words(event.found.spans) if event.found else {}
        self._pairs = pairs, {theirs: mine for mine, theirs in pairs.items()}
        self._update_sides()
        self.show_position(self._screen.at)

    def show_position(self, at: Fraction) -> None:
        """Highlights the words at the playhead and at the same words of the other take."""
        for side, take in zip(self._screen.sides, self.takes, strict=False):
            side.set_position(self._time_in(take, at))

    def request_frames(self, at: Fraction) -> None:
        """Requests the frames at the playhead and at the same words of the other take."""
        for slot, side, take in zip(SLOTS, self._screen.sides, self.takes, strict=False):
            request_frame(slot, take, self._time_in(take, at), side.frame)

    def _show(self, takes: tuple[str, str]) -> None:
        if takes != self._takes:
            self._takes, self._found, self._error = takes, None, ""
            self._pairs, self._left_at = ({}, {}), {}
            for side, take in zip(self._screen.sides, self.takes, strict=True):
                side.frame.set_image(None, WAITING if take.probe.picture else "Audio only")
        self._screen.show_comparison(True)
        self._update_sides()
        self.reload()

    def _time_in(self, take: Take, at: Fraction) -> Fraction:
        """Returns the time in one of the takes for the playhead's time."""
        shown = self._screen.take
        if shown is None or take.id == shown.id or self._found is None or self._takes is None:
            return at
        mine, theirs = self._words(0), self._words(1)
        if take.id == self._takes[1]:
            found = matching_time(mine, theirs, at, self._pairs[0])
        else:
            found = matching_time(theirs, mine, at, self._pairs[1])
        return min(max(found, Fraction(0)), take.probe.duration)

    def _words(self, side: int) -> tuple[Word, ...]:
        found = self._found
        transcript = (found.first if side == 0 else found.second).transcript if found else None
        return transcript.words if transcript else ()

    def _update_sides(self) -> None:
        snapshot, plain = self._screen.console_app.snapshot, self._screen.console_app.plain
        shown, found = self._screen.take, self._found
        measured = (found.first, found.second) if found else (None, None)
        if self._words_made_for != (found, plain):
            spans = found.spans if found else ()
            self._shown_words = tuple(
                compared_words(spans if n == 0 else _reverse(spans), self._words(n), self._words(1 - n), marked=plain)
                for n in range(2)
            )
            self._words_made_for = found, plain
        for n, (side, take, one) in enumerate(zip(self._screen.sides, self.takes, measured, strict=False)):
            review = snapshot.review(take)
            side.show(
                SideData(
                    take.label,
                    review.verdict or "undecided",
                    review.star,
                    focused=shown is not None and take.id == shown.id,
                    measures=_measures(one) if one else (),
                    words=self._shown_words[n],
                    placeholder=self._error or self._no_words(one),
                )
            )

    def _no_words(self, one: ComparedTake | None) -> str:
        if one is None or self._found is None:
            return ""
        if one.transcript is None:
            return "No transcript yet."
        return "No speech found." if not one.words else "The other take has no transcript yet."

    # Actions

    def action_compare(self) -> None:
        """Opens the comparison with the linked take, or one that is chosen; or closes it."""
        if self.is_open:
            self.close()
        elif linked := self.linked_take:
            self.open_with(linked)
        else:
            self.action_compare_with()

    def action_compare_with(self) -> None:
        """Prompts for the other take."""
        app, take = self._screen.console_app, self._screen.take
        assert take

        def chosen(other: str | None) -> None:
            if found := app.snapshot.by_id.get(other or ""):
                self.open_with(found)

        at = self.other or self.linked_take
        frames = FrameSource(app.picture_output, app.frame_loader.request)
        app.push_screen(comparison_prompt(take, app.snapshot, app.take_media.get, at, frames), chosen)

    def action_close_comparison(self) -> None:
        """Shows the take alone."""
        self.close()

    def action_other_side(self) -> None:
        """Moves the focus to the other side, at the same words."""
        take, other, at = self._screen.take, self.other, self._screen.at
        if take is None or other is None:
            return
        there = self._time_in(other, at)
        before = self._left_at
        if take.id in before and before[take.id] == at:
            there = before.get(other.id, there)
        self._left_at = {take.id: at, other.id: there}
        self._screen.show_take(other, there)

    def action_swap_sides(self) -> None:
        """Swaps the sides; the focus stays on its take."""
        if self._takes is not None:
            self._show((self._takes[1], self._takes[0]))

    def action_pick_winner(self) -> None:
        """Keeps the take that has the focus, and marks the other as its retake."""
        if other := self.other:
            self._screen.decide(lambda reviews, takes: reviews.set_winner(takes[0], other), {other.id})


def _load(takes: tuple[Take, Take], post: Callable[[Message], object]) -> Work:
    """Returns the work that posts ComparisonLoaded."""

    def load(studio: Studio, _: Project | None) -> None:
        from engine.studio import compare_takes

        found, error = None, ""
        try:
            found = compare_takes(studio, *takes)
        except Exception as failure:
            error = to_engine_error(failure).message
        post(ComparisonLoaded((takes[0].id, takes[1].id), found, error))

    return load


def _measures(one: ComparedTake) -> tuple[tuple[str, str], ...]:
    """Returns (style, value) of the measures that decide; those that are not known are left out."""
    values = dict(take_measures(one))
    if one.condition.damage:
        values["condition"] = "damaged"
    styles = {"condition": "red"} if one.condition.damage else {}
    # There is room for what is wrong with a face only.
    warnings = one.face.warnings if one.face else ()
    values["face"], styles["face"] = ", ".join(warnings) or "—", "amber"
    known = [(name, values[name]) for name in _MEASURES if not values[name].startswith("—")]
    return tuple((styles.get(name, "text"), value) for name, value in known)


def _reverse(spans: tuple[WordSpan, ...]) -> tuple[WordSpan, ...]:
    from engine.speech import WordSpan

    return tuple(WordSpan(span.same, span.other, span.mine) for span in spans)
