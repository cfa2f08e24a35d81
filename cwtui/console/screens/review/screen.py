"""Review: one take, one playhead over its frame, film, sound, words and meters; verdicts and markers at a key."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.screens.review.navigation import Steps, moment_in, steps_of, word_at
from cwtui.console.screens.review.readout import Gauge
from cwtui.console.screens.review.seek_actions import Strides
from cwtui.console.screens.review.transport import Transport
from cwtui.console.screens.takes.screen import ask_retake
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.base import Went
from cwtui.console.widgets.debouncer import PICTURE_S, Rest
from cwtui.console.widgets.filmstrip import Film
from cwtui.console.widgets.frame_view import Still
from cwtui.console.widgets.status_lines import Keys
from cwtui.console.widgets.timeline import Course, Told
from cwtui.console.widgets.transcript_view import Script, around
from cwtui.console.workers.frame_loader import Framed, Wish
from cwtui.console.workers.take_media import Glimpse, Glimpsed
from cwtui.formatting import exact
from engine.catalog import JobState, Project, Take
from engine.time import timecode

if TYPE_CHECKING:
    from engine.sound import CleanReport
    from engine.studio import Studio

_REMEMBER_S = 0.4
_KEEP_EVERY_S = 1.0


class Cleaned(Message):
    """The take's cleaned dialog has been looked for: its file and what cleaning measured, if there is one."""

    def __init__(self, take: str, found: tuple[Path, CleanReport] | None) -> None:
        super().__init__()
        self.take = take
        self.found = found


class Review(Strides, Transport):
    """The take that is meant, looked at closely."""

    ROOM: ClassVar[str] = "review"

    def __init__(self) -> None:
        super().__init__()
        self._shown: str | None = None
        self._steps = Steps()
        self._frame = Rest(self, PICTURE_S, lambda: self._want(self.at))
        self._keep = Rest(self, _REMEMBER_S, lambda: self.desk.remember(playhead=self.at))
        self._pictured = self._kept = 0.0
        self._beside: Take | None = None
        self.cleaned: tuple[Path, CleanReport] | None = None
        self.side = "raw"
        self._looked = ""
        self._told_window = ""
        self._away = False

    def furnish(self) -> Iterable[Widget]:
        """Frame and words, film, course, meters."""
        with Horizontal(id="look"):
            with Vertical(id="mine"):
                yield Still(id="still")
                yield Static("", id="said-here", classes="said")
            with Vertical(id="theirs"):
                yield Still(id="other")
                yield Static("", id="said-there", classes="said")
            yield Script(id="script")
        yield Film(id="film")
        yield Course(id="course")
        yield Gauge()

    # The take

    @property
    def glimpse(self) -> Glimpse:
        """What is known of its sound and words."""
        return (self.desk.glimpses.of(self.take) if self.take else None) or Glimpse()

    @property
    def told(self) -> CleanReport | None:
        """What cleaning measured, while the cleaned side is heard."""
        return self.cleaned[1] if self.cleaned and self.side == "cleaned" else None

    @property
    def settled(self) -> bool:
        """Whether the frame has been asked for, and the place is kept."""
        return self._frame.over and self._keep.over

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio, or another take."""
        take = self.take
        self.set_class(take is None, "-none")
        if take is None:
            self.query_one(Gauge).refresh()
            return
        if take.id != self._shown:
            self._shown = take.id
            self.stop()
            self.cleaned, self.side, self._looked = None, "raw", ""
            self.at = min(self.desk.place.playhead, self.last)
            self.query_one("#still", Still).put(None, "…" if take.probe.picture else "sound alone")
        elif self._away:
            self.at = min(self.desk.place.playhead, self.last)
        self._away = False
        if self.cleaned is None:
            self._look_for_cleaned(take)
        self._furnish(take)
        self.look(self.at)
        self.attend()

    def _furnish(self, take: Take) -> None:
        snapshot, glimpse = self.desk.snapshot, self.glimpse
        markers, review = snapshot.marks(take), snapshot.review(take)
        self._steps = steps_of(glimpse.transcript, glimpse.levels, markers, take.probe.duration)
        said = [Fraction((one.at - take.captured_at).total_seconds()).limit_denominator(100) for one in snapshot.cues]
        cues = tuple(at for at in said if 0 <= at <= take.probe.duration)
        self.query_one(Course).put(
            Told(
                max(take.probe.duration, Fraction(1, 1000)), glimpse.levels, glimpse.transcript, markers,
                self._steps.pauses, review.starts, review.ends, cues, snapshot.condition(take).damage,
            )
        )  # fmt: skip
        none = "being heard …" if self._busy(take) else "No words yet: T, then n asks for them."
        none = "No speech was heard." if glimpse.transcript else none
        self.query_one(Script).put(glimpse.transcript, glimpse.trouble or none)
        self.query_one(Film).put(take)
        self.query_one(Gauge).refresh()

    def _busy(self, take: Take) -> bool:
        return any(job.state.open and job.parameters.get("take") == take.id for job in self.desk.snapshot.jobs)

    def glimpsed(self, seen: Glimpsed) -> None:
        """Sound and words have come."""
        if self.take and seen.take in (self.take.id, self._beside.id if self._beside else ""):
            self._furnish(self.take)
            self.look(self.at)

    def framed(self, seen: Framed) -> None:
        """A frame has come."""
        if seen.wish.slot.startswith("film"):
            self.query_one(Film).framed(seen)
        elif seen.wish.slot == "review" and self.take and seen.wish.take.id == self.take.id:
            self.query_one("#still", Still).framed(seen)
        elif seen.wish.slot == "beside" and self._beside and seen.wish.take.id == self._beside.id:
            self.query_one("#other", Still).framed(seen)

    def left(self) -> None:
        """Nothing plays on in a room that nobody is in."""
        self.stop()
        self.desk.frames.unwant("")
        for still in self.query(Still):
            still.take_off()
        self._away = True
        self.desk.remember(playhead=self.at)

    def on_still_sized(self) -> None:
        """Another size, another frame."""
        self._frame.ask()

    def on_mount(self) -> None:
        """Nothing plays where nobody looks; but who looks at the player's window looks."""
        self.watch(self.app, "app_focus", self._focused, init=False)

    def _focused(self, focused: bool) -> None:
        if not focused and not self.desk.windows.follows(self.take):
            self.stop()

    def values(self) -> dict[str, str]:
        """For command lines."""
        partner = self._partner()
        return {
            "at": exact(self.at),
            "to": exact(min(self.at + 1 / self.rate, self.last + 1 / self.rate)),
            "other": str(partner.number) if partner else "TAKE",
            "marker": str(self.marker.id) if self.marker else "1",
        }

    def why_not(self, action: str) -> str:
        """What there is nothing for."""
        if self.take is None:
            return "" if action.startswith("go_") else "There is no take to review yet: I goes to Ingest."
        kind, _, way = action.rpartition("_")
        if kind in ("word", "sentence", "speaker", "silence", "marker") and way in ("back", "forth"):
            found = (self._steps.after if way == "forth" else self._steps.before)(kind, self.at)
            if found is None and kind != "marker" and self.glimpse.transcript is None:
                return "Its words are still being heard." if self._busy(self.take) else "It has no words yet: T, n."
            if found is None:
                named = {"silence": "pause"}.get(kind, kind)
                return f"There is no {'further' if way == 'forth' else 'earlier'} {named}."
        if action in ("rename", "unmark") and self.marker is None:
            return "There is no marker at the playhead."
        if action == "side" and self.cleaned is None:
            return "Its dialog is not cleaned yet: S goes to Sound, r cleans it."
        if action == "compare" and self._partner() is None:
            return "It is no retake, and nothing retakes it: x says so."
        return ""

    # The playhead

    def look(self, at: Fraction) -> None:
        """Everything here to one moment."""
        self.at = min(max(at, Fraction(0)), self.last)
        self.query_one(Course).go(self.at)
        self.query_one(Script).go(self.at)
        self.query_one(Film).go(self.at)
        self.query_one(Gauge).refresh()
        if self.desk.windows.follows(self.take):
            self._tell_window()
        if self.speed:
            now = self.desk.clock()
            if now - self._pictured >= 1 / self.desk.link.pictures_a_second:
                self._pictured = now
                self._want(self.at)
            if now - self._kept >= _KEEP_EVERY_S:
                self._kept = now
                self.desk.remember(playhead=self.at)
            return
        self.query_one(Keys).again()
        self._frame.ask()
        self._keep.ask()

    def _tell_window(self) -> None:
        """What is said at the playhead, over the window's picture, as long as it is."""
        transcript = self.glimpse.transcript
        here = word_at(transcript.words, self.at) if transcript else None
        segments = transcript.segments if transcript and here is not None else ()
        said = next((one.text for one in segments if one.first <= (here or 0) < one.last and self.at < one.end), "")
        if self.take and said != self._told_window:
            self._told_window = said
            self.desk.windows.show(self.take, said)

    def _want(self, at: Fraction) -> None:
        take = self.take
        if take is None or not self.is_current:
            return
        self._ask_for("review", take, at, self.query_one("#still", Still))
        if self._beside:
            mine, other = self.glimpse.transcript, self.desk.glimpses.of(self._beside)
            theirs = other.transcript if other else None
            there = moment_in(mine.words, theirs.words, at) if mine and theirs else at
            self._ask_for("beside", self._beside, there, self.query_one("#other", Still))
            for name, meant, said, moment in (("here", take, mine, at), ("there", self._beside, theirs, there)):
                line = self.query_one(f"#said-{name}", Static)
                line.update(around(self.desk.ink, meant.label, said, moment, line.size.width))

    def _ask_for(self, slot: str, take: Take, at: Fraction, still: Still) -> None:
        picture = take.probe.picture
        if picture is None:
            return
        if take.needs_director:
            still.put(None, "log: T, then a answers how it is read")
        elif width := still.wanted_width(picture.display_width / picture.display_height):
            still.ask(Wish(slot, take, int(at * picture.frame_rate), width))
        else:
            still.put(None, f"{timecode(int(at * picture.frame_rate), picture.frame_rate)} {picture.encoding_name}")

    def step(self, kind: str, forth: bool) -> None:
        """To the next of a kind, or the one before."""
        found = (self._steps.after if forth else self._steps.before)(kind, self.at)
        if found is not None:
            self.stop()
            self.go(found)

    @on(Went)
    def _went(self, went: Went) -> None:
        self.stop()
        self.go(went.at)

    # What can be asked

    def do_frame_back(self) -> None:
        """A frame back."""
        self.stop()
        self.go(Fraction(max(0, int(self.at * self.rate) - 1)) / self.rate)

    def do_frame_forth(self) -> None:
        """A frame on."""
        self.stop()
        self.go(Fraction(int(self.at * self.rate) + 1) / self.rate)

    def do_start(self) -> None:
        """The beginning."""
        self.go(Fraction(0))

    def do_finish(self) -> None:
        """The end."""
        self.go(self.last)

    def do_take_back(self) -> None:
        """The take before."""
        self._other_take(-1)

    def do_take_forth(self) -> None:
        """The next take."""
        self._other_take(1)

    def _other_take(self, steps: int) -> None:
        take = self.neighbour(steps)
        if take is None:
            return
        if self._beside:
            self.do_compare()
        self.desk.choose_take(take)
        self.show(self.desk.snapshot)

    def do_retake(self) -> None:
        """A retake, of which."""
        ask_retake(self)

    def do_side(self) -> None:
        """The other side, at the same loudness."""
        assert self.cleaned
        path, report = self.cleaned
        self.side = "raw" if self.side == "cleaned" else "cleaned"
        gain = report.before.integrated_lufs - report.after.integrated_lufs
        if self.take:
            self.desk.windows.hear(self.take, path if self.side == "cleaned" else None, gain)
        self.query_one(Gauge).refresh()

    def do_compare(self) -> None:
        """Beside the take it retakes, or alone again."""
        self._beside = None if self._beside else self._partner()
        self.set_class(self._beside is not None, "-pair")
        self.desk.frames.unwant("beside")
        if self._beside:
            self.query_one("#other", Still).put(None, self._beside.label)
        self.call_after_refresh(lambda: self._want(self.at))

    def _partner(self) -> Take | None:
        take, snapshot = self.take, self.desk.snapshot
        if take is None:
            return None
        of = snapshot.by_id.get(snapshot.review(take).retake_of or "")
        again = (one for one in snapshot.takes if snapshot.review(one).retake_of == take.id)
        return of or next(again, None) or self.desk.suggestion(take)

    def _look_for_cleaned(self, take: Take) -> None:
        jobs = [job for job in self.desk.snapshot.jobs_of(take, "clean") if job.state is JobState.DONE and job.result]
        # Once each: where it is gone, that has been said.
        if not jobs or jobs[0].id == self._looked:
            return
        self._looked = jobs[0].id

        def look(studio: Studio, _: Project | None) -> None:
            from engine.tasks import cleaned_dialog

            assert jobs[0].result
            self.post_message(Cleaned(take.id, cleaned_dialog(studio, jobs[0].result)))

        self.desk.do(look)

    @on(Cleaned)
    def _found_cleaned(self, seen: Cleaned) -> None:
        if self.take and self.take.id == seen.take:
            self.cleaned = seen.found
            self.query_one(Gauge).refresh()
