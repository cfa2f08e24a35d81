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

from cwtui.console.screens.review.navigation import SeekTargets, seek_targets
from cwtui.console.screens.review.readout import PlayheadReadout
from cwtui.console.screens.review.seek_actions import SeekActions
from cwtui.console.screens.review.transport import Transport
from cwtui.console.screens.takes.screen import prompt_retake
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.base import SeekRequested
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.filmstrip import Filmstrip
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.status_lines import KeyHints
from cwtui.console.widgets.timeline import Timeline, TimelineData
from cwtui.console.widgets.transcript_view import TranscriptView, context_line
from cwtui.console.workers.frame_loader import FrameLoaded, FrameRequest
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from cwtui.formatting import format_seconds
from engine.catalog import JobState, Project, Take
from engine.speech import matching_time, word_at
from engine.time import timecode

if TYPE_CHECKING:
    from engine.sound import CleanReport
    from engine.studio import Studio

_SAVE_DELAY_S = 0.4
_SAVE_INTERVAL_S = 1.0


class CleanedAudioFound(Message):
    """The take's cleaned dialog has been looked for: its file and what cleaning measured, if there is one."""

    def __init__(self, take: str, found: tuple[Path, CleanReport] | None) -> None:
        super().__init__()
        self.take = take
        self.found = found


class ReviewScreen(SeekActions, Transport):
    """The take that is meant, looked at closely."""

    MODE: ClassVar[str] = "review"

    def __init__(self) -> None:
        super().__init__()
        self._shown: str | None = None
        self._targets = SeekTargets()
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, lambda: self._request_frames(self.at))
        self._session_debouncer = Debouncer(
            self, _SAVE_DELAY_S, lambda: self.console_app.update_session(playhead=self.at)
        )
        self._frame_requested_at = self._saved_at = 0.0
        self._comparison: Take | None = None
        self.cleaned: tuple[Path, CleanReport] | None = None
        self.side = "raw"
        self._checked_job = ""
        self._player_text = ""
        self._inactive = False

    def compose_body(self) -> Iterable[Widget]:
        """Frame and words, film, course, meters."""
        with Horizontal(id="upper-pane"):
            with Vertical(id="this-take"):
                yield FrameView(id="frame")
                yield Static("", id="spoken-here", classes="spoken")
            with Vertical(id="other-take"):
                yield FrameView(id="other-frame")
                yield Static("", id="spoken-there", classes="spoken")
            yield TranscriptView(id="transcript")
        yield Filmstrip(id="filmstrip")
        yield Timeline(id="timeline")
        yield PlayheadReadout()

    # The take

    @property
    def media(self) -> TakeMedia:
        """What is known of its sound and words."""
        return (self.console_app.take_media.get(self.take) if self.take else None) or TakeMedia()

    @property
    def clean_report(self) -> CleanReport | None:
        """What cleaning measured, while the cleaned side is heard."""
        return self.cleaned[1] if self.cleaned and self.side == "cleaned" else None

    @property
    def idle(self) -> bool:
        """Whether the frame has been asked for, and the place is kept."""
        return self._frame_debouncer.idle and self._session_debouncer.idle

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Another state of the studio, or another take."""
        take = self.take
        self.set_class(take is None, "-none")
        if take is None:
            self.query_one(PlayheadReadout).refresh()
            return
        if take.id != self._shown:
            self._shown = take.id
            self.stop()
            self.cleaned, self.side, self._checked_job = None, "raw", ""
            self.at = min(self.console_app.session.playhead, self.last_position)
            self.query_one("#frame", FrameView).set_image(None, "…" if take.probe.picture else "sound alone")
        elif self._inactive:
            self.at = min(self.console_app.session.playhead, self.last_position)
        self._inactive = False
        if self.cleaned is None:
            self._find_cleaned(take)
        self._update_widgets(take)
        self.show_position(self.at)
        self.sync_with_player()

    def _update_widgets(self, take: Take) -> None:
        snapshot, media = self.console_app.snapshot, self.media
        markers, review = snapshot.markers_of(take), snapshot.review(take)
        self._targets = seek_targets(media.transcript, media.levels, markers, take.probe.duration)
        said = [Fraction((one.at - take.captured_at).total_seconds()).limit_denominator(100) for one in snapshot.cues]
        cues = tuple(at for at in said if 0 <= at <= take.probe.duration)
        self.query_one(Timeline).set_data(
            TimelineData(
                max(take.probe.duration, Fraction(1, 1000)), media.levels, media.transcript, markers,
                self._targets.pauses, review.starts, review.ends, cues, snapshot.condition(take).damage,
            )
        )  # fmt: skip
        none = "being heard …" if self._has_open_jobs(take) else "No words yet: T, then n asks for them."
        none = "No speech was heard." if media.transcript else none
        self.query_one(TranscriptView).set_transcript(media.transcript, media.error or none)
        self.query_one(Filmstrip).set_take(take)
        self.query_one(PlayheadReadout).refresh()

    def _has_open_jobs(self, take: Take) -> bool:
        return any(job.state.open and job.parameters.get("take") == take.id for job in self.console_app.snapshot.jobs)

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Sound and words have come."""
        if self.take and event.take in (self.take.id, self._comparison.id if self._comparison else ""):
            self._update_widgets(self.take)
            self.show_position(self.at)

    def frame_loaded(self, event: FrameLoaded) -> None:
        """A frame has come."""
        if event.request.slot.startswith("filmstrip"):
            self.query_one(Filmstrip).show_frame(event)
        elif event.request.slot == "review" and self.take and event.request.take.id == self.take.id:
            self.query_one("#frame", FrameView).show_frame(event)
        elif event.request.slot == "comparison" and self._comparison and event.request.take.id == self._comparison.id:
            self.query_one("#other-frame", FrameView).show_frame(event)

    def deactivate(self) -> None:
        """Nothing plays on in a room that nobody is in."""
        self.stop()
        self.console_app.frame_loader.cancel("")
        for still in self.query(FrameView):
            still.release()
        self._inactive = True
        self.console_app.update_session(playhead=self.at)

    def on_frame_view_size_changed(self) -> None:
        """Another size, another frame."""
        self._frame_debouncer.trigger()

    def on_mount(self) -> None:
        """Nothing plays where nobody looks; but who looks at the player's window looks."""
        self.watch(self.app, "app_focus", self._focused, init=False)

    def _focused(self, focused: bool) -> None:
        if not focused and not self.console_app.player.follows(self.take):
            self.stop()

    def command_values(self) -> dict[str, str]:
        """For command lines."""
        partner = self._comparison_take()
        return {
            "at": format_seconds(self.at),
            "to": format_seconds(min(self.at + 1 / self.rate, self.last_position + 1 / self.rate)),
            "other": str(partner.number) if partner else "TAKE",
            "marker": str(self.marker.id) if self.marker else "1",
        }

    def disabled_reason(self, action: str) -> str:
        """What there is nothing for."""
        if self.take is None:
            return "" if action.startswith("go_") else "There is no take to review yet: I goes to Ingest."
        kind, _, direction = action.rpartition("_")
        if kind in ("word", "sentence", "speaker", "silence", "marker") and direction in ("back", "forth"):
            found = (self._targets.after if direction == "forth" else self._targets.before)(kind, self.at)
            if found is None and kind != "marker" and self.media.transcript is None:
                return (
                    "Its words are still being heard."
                    if self._has_open_jobs(self.take)
                    else "It has no words yet: T, n."
                )
            if found is None:
                named = {"silence": "pause"}.get(kind, kind)
                return f"There is no {'further' if direction == 'forth' else 'earlier'} {named}."
        if action in ("rename", "unmark") and self.marker is None:
            return "There is no marker at the playhead."
        if action == "side" and self.cleaned is None:
            return "Its dialog is not cleaned yet: S goes to Sound, r cleans it."
        if action == "compare" and self._comparison_take() is None:
            return "It is no retake, and nothing retakes it: x says so."
        return ""

    # The playhead

    def show_position(self, at: Fraction) -> None:
        """Everything here to one moment."""
        self.at = min(max(at, Fraction(0)), self.last_position)
        self.query_one(Timeline).set_position(self.at)
        self.query_one(TranscriptView).set_position(self.at)
        self.query_one(Filmstrip).set_position(self.at)
        self.query_one(PlayheadReadout).refresh()
        if self.console_app.player.follows(self.take):
            self._update_player_text()
        if self.speed:
            now = self.console_app.clock()
            if now - self._frame_requested_at >= 1 / self.console_app.link.frames_per_second:
                self._frame_requested_at = now
                self._request_frames(self.at)
            if now - self._saved_at >= _SAVE_INTERVAL_S:
                self._saved_at = now
                self.console_app.update_session(playhead=self.at)
            return
        self.query_one(KeyHints).refresh_changed()
        self._frame_debouncer.trigger()
        self._session_debouncer.trigger()

    def _update_player_text(self) -> None:
        """What is said at the playhead, over the window's picture, as long as it is."""
        transcript = self.media.transcript
        here = word_at(transcript.words, self.at) if transcript else None
        segments = transcript.segments if transcript and here is not None else ()
        said = next((one.text for one in segments if one.first <= (here or 0) < one.last and self.at < one.end), "")
        if self.take and said != self._player_text:
            self._player_text = said
            self.console_app.player.show_text(self.take, said)

    def _request_frames(self, at: Fraction) -> None:
        take = self.take
        if take is None or not self.is_current:
            return
        self._request_frame("review", take, at, self.query_one("#frame", FrameView))
        if self._comparison:
            mine, other = self.media.transcript, self.console_app.take_media.get(self._comparison)
            theirs = other.transcript if other else None
            there = matching_time(mine.words, theirs.words, at) if mine and theirs else at
            self._request_frame("comparison", self._comparison, there, self.query_one("#other-frame", FrameView))
            for name, meant, said, moment in (("here", take, mine, at), ("there", self._comparison, theirs, there)):
                line = self.query_one(f"#spoken-{name}", Static)
                line.update(context_line(self.console_app.palette, meant.label, said, moment, line.size.width))

    def _request_frame(self, slot: str, take: Take, at: Fraction, still: FrameView) -> None:
        picture = take.probe.picture
        if picture is None:
            return
        if take.needs_director:
            still.set_image(None, "log: T, then a answers how it is read")
        elif width := still.image_width(picture.display_width / picture.display_height):
            still.request(FrameRequest(slot, take, int(at * picture.frame_rate), width))
        else:
            still.set_image(
                None, f"{timecode(int(at * picture.frame_rate), picture.frame_rate)} {picture.encoding_name}"
            )

    def seek_to(self, kind: str, forth: bool) -> None:
        """To the next of a kind, or the one before."""
        found = (self._targets.after if forth else self._targets.before)(kind, self.at)
        if found is not None:
            self.stop()
            self.seek(found)

    @on(SeekRequested)
    def _seek_requested(self, went: SeekRequested) -> None:
        self.stop()
        self.seek(went.at)

    # What can be asked

    def action_frame_back(self) -> None:
        """A frame back."""
        self.stop()
        self.seek(Fraction(max(0, int(self.at * self.rate) - 1)) / self.rate)

    def action_frame_forth(self) -> None:
        """A frame on."""
        self.stop()
        self.seek(Fraction(int(self.at * self.rate) + 1) / self.rate)

    def action_start(self) -> None:
        """The beginning."""
        self.seek(Fraction(0))

    def action_finish(self) -> None:
        """The end."""
        self.seek(self.last_position)

    def action_take_back(self) -> None:
        """The take before."""
        self._other_take(-1)

    def action_take_forth(self) -> None:
        """The next take."""
        self._other_take(1)

    def _other_take(self, steps: int) -> None:
        take = self.adjacent_take(steps)
        if take is None:
            return
        if self._comparison:
            self.action_compare()
        self.console_app.select_take(take)
        self.show_snapshot(self.console_app.snapshot)

    def action_retake(self) -> None:
        """A retake, of which."""
        prompt_retake(self)

    def action_side(self) -> None:
        """The other side, at the same loudness."""
        assert self.cleaned
        path, report = self.cleaned
        self.side = "raw" if self.side == "cleaned" else "cleaned"
        gain = report.before.integrated_lufs - report.after.integrated_lufs
        if self.take:
            self.console_app.player.select_audio(self.take, path if self.side == "cleaned" else None, gain)
        self.query_one(PlayheadReadout).refresh()

    def action_compare(self) -> None:
        """Beside the take it retakes, or alone again."""
        self._comparison = None if self._comparison else self._comparison_take()
        self.set_class(self._comparison is not None, "-pair")
        self.console_app.frame_loader.cancel("comparison")
        if self._comparison:
            self.query_one("#other-frame", FrameView).set_image(None, self._comparison.label)
        self.call_after_refresh(lambda: self._request_frames(self.at))

    def _comparison_take(self) -> Take | None:
        take, snapshot = self.take, self.console_app.snapshot
        if take is None:
            return None
        of = snapshot.by_id.get(snapshot.review(take).retake_of or "")
        again = (one for one in snapshot.takes if snapshot.review(one).retake_of == take.id)
        return of or next(again, None) or self.console_app.suggest_retake(take)

    def _find_cleaned(self, take: Take) -> None:
        jobs = [
            job for job in self.console_app.snapshot.jobs_of(take, "clean") if job.state is JobState.DONE and job.result
        ]
        # Once each: where it is gone, that has been said.
        if not jobs or jobs[0].id == self._checked_job:
            return
        self._checked_job = jobs[0].id

        def find(studio: Studio, _: Project | None) -> None:
            from engine.tasks import cleaned_dialog

            assert jobs[0].result
            self.post_message(CleanedAudioFound(take.id, cleaned_dialog(studio, jobs[0].result)))

        self.console_app.submit(find)

    @on(CleanedAudioFound)
    def _set_cleaned(self, event: CleanedAudioFound) -> None:
        if self.take and self.take.id == event.take:
            self.cleaned = event.found
            self.query_one(PlayheadReadout).refresh()
