"""The Review screen: a take with frame, filmstrip, timeline, transcript and meters, all at one playhead."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.actions import BY_ID, requires
from cwtui.console.messages import FrameLoaded, FrameRequest, SeekRequested
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.empty_state import NO_TAKES
from cwtui.console.screens.review.cleaned_sound import CleanedAudioFound, find_cleaned
from cwtui.console.screens.review.markers import MarkerActions
from cwtui.console.screens.review.navigation import SeekTargets, seek_targets, spoken_text
from cwtui.console.screens.review.readout import PlayheadReadout, build_readout
from cwtui.console.screens.review.transport import Transport
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.filmstrip import Filmstrip
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.timeline import Timeline, TimelineData
from cwtui.console.widgets.transcript_view import TranscriptView, context_line
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from cwtui.formatting import format_seconds, frame_rate_of
from engine.catalog import JobState, Marker, Take
from engine.speech import matching_time
from engine.time import timecode

if TYPE_CHECKING:
    from engine.sound import CleanReport

_SAVE_DELAY_S = 0.4
_SAVE_INTERVAL_S = 1.0


class ReviewScreen(ModeScreen):
    """The selected take in detail."""

    MODE: ClassVar[str] = "review"

    def __init__(self) -> None:
        super().__init__()
        self.at = Fraction(0)
        self.transport = Transport(self)
        self._markers = MarkerActions(self)
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
        self._inactive = False

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="upper-pane"):
            with Vertical(id="this-take"):
                yield FrameView(self.console_app.picture_output, id="frame")
                yield Static("", id="spoken-here", classes="spoken")
            with Vertical(id="other-take"):
                yield FrameView(self.console_app.picture_output, id="other-frame")
                yield Static("", id="spoken-there", classes="spoken")
            yield TranscriptView(id="transcript")
        yield Filmstrip(self.console_app.picture_output, id="filmstrip")
        yield Timeline(id="timeline")
        yield PlayheadReadout()

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The screen, its transport and its markers."""
        return (self, self.transport, self._markers)

    # The take

    @property
    def playhead(self) -> Fraction:
        """The playhead's position."""
        return self.at

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return frame_rate_of(self.take)

    @property
    def marker(self) -> Marker | None:
        """The marker at the playhead: the nearest within a frame."""
        if self.take is None:
            return None
        near = [
            one for one in self.console_app.snapshot.markers_of(self.take) if abs(one.at - self.at) <= 1 / self.rate
        ]
        return min(near, key=lambda one: abs(one.at - self.at), default=None)

    @property
    def last_position(self) -> Fraction:
        """The position of the last frame."""
        return max(Fraction(0), self.take.probe.duration - 1 / self.rate) if self.take else Fraction(0)

    @property
    def media(self) -> TakeMedia:
        """The take's levels and transcript."""
        return (self.console_app.take_media.get(self.take) if self.take else None) or TakeMedia()

    @property
    def clean_report(self) -> CleanReport | None:
        """The report of cleaning while the cleaned sound is selected."""
        return self.cleaned[1] if self.cleaned and self.side == "cleaned" else None

    @property
    def idle(self) -> bool:
        """Whether the frame is requested and the session saved."""
        return self._frame_debouncer.idle and self._session_debouncer.idle

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows the studio or another take."""
        take = self.take
        self.set_class(take is None, "-none")
        if take is None:
            self._update_readout()
            return
        if take.id != self._shown:
            self._shown = take.id
            self.transport.stop()
            self.cleaned, self.side, self._checked_job = None, "raw", ""
            self.at = min(self.console_app.session.playhead, self.last_position)
            self.query_one("#frame", FrameView).set_image(None, "…" if take.probe.picture else "Audio only")
        elif self._inactive:
            self.at = min(self.console_app.session.playhead, self.last_position)
        self._inactive = False
        if self.cleaned is None:
            self._find_cleaned(take)
        self._update_widgets(take)
        self.show_position(self.at)
        self.transport.sync_with_player()

    def _update_widgets(self, take: Take) -> None:
        snapshot, media = self.console_app.snapshot, self.media
        markers, review = snapshot.markers_of(take), snapshot.review(take)
        self._targets = seek_targets(media.transcript, media.levels, markers, take.probe.duration)
        said = [Fraction((one.at - take.captured_at).total_seconds()).limit_denominator(100) for one in snapshot.cues]
        cues = tuple(at for at in said if 0 <= at <= take.probe.duration)
        self.query_one(Timeline).set_data(
            TimelineData(
                max(take.probe.duration, Fraction(1, 1000)), media.levels, media.transcript, markers,
                self._targets.silences, review.starts, review.ends, cues, snapshot.condition(take).damage,
            )
        )  # fmt: skip
        none = "No transcript yet. Press {go_takes}, then {prepare} to make it."
        none = "Transcribing …" if self._has_open_jobs(take) else self.with_keys(none)
        none = "No speech found." if media.transcript else none
        self.query_one(TranscriptView).set_transcript(media.transcript, media.error or none)
        self.query_one(Filmstrip).set_take(take)
        self._update_readout()

    def _has_open_jobs(self, take: Take) -> bool:
        return any(job.state.open and job.parameters.get("take") == take.id for job in self.console_app.snapshot.jobs)

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Shows levels and transcript."""
        if self.take and event.take in (self.take.id, self._comparison.id if self._comparison else ""):
            self._update_widgets(self.take)
            self.show_position(self.at)

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame."""
        if event.request.slot.startswith("filmstrip"):
            self.query_one(Filmstrip).show_frame(event)
        elif event.request.slot == "review" and self.take and event.request.take.id == self.take.id:
            self.query_one("#frame", FrameView).show_frame(event)
        elif event.request.slot == "comparison" and self._comparison and event.request.take.id == self._comparison.id:
            self.query_one("#other-frame", FrameView).show_frame(event)

    def deactivate(self) -> None:
        """Stops playback."""
        self.transport.stop()
        self.console_app.frame_loader.cancel("")
        for still in self.query(FrameView):
            still.release()
        self._inactive = True
        self.console_app.update_session(playhead=self.at)

    def on_frame_view_size_changed(self) -> None:
        self._frame_debouncer.trigger()

    def on_mount(self) -> None:
        self.watch(self.app, "app_focus", self._focused, init=False)

    def _focused(self, focused: bool) -> None:
        if not focused and not self.console_app.player.follows(self.take):
            self.transport.stop()

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        partner = self._comparison_take()
        return {
            "at": format_seconds(self.at),
            "to": format_seconds(min(self.at + 1 / self.rate, self.last_position + 1 / self.rate)),
            "other": str(partner.number) if partner else "TAKE",
            "marker": str(self.marker.id) if self.marker else "1",
        }

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled."""
        if self.take is None:
            return "" if BY_ID[action].is_global else NO_TAKES
        name, arguments = BY_ID[action].method
        if name == "seek_to" and self._seek_target(*arguments) is None:
            kind, direction = arguments
            if kind != "marker" and self.media.transcript is None:
                return (
                    "The transcript is not ready yet."
                    if self._has_open_jobs(self.take)
                    else "No transcript yet. Press {go_takes}, then {prepare}."
                )
            return f"There is no {'further' if direction > 0 else 'earlier'} {kind}."
        if requires(action, "marker") and self.marker is None:
            return "There is no marker at the playhead."
        if action == "side" and self.cleaned is None:
            return "Dialog not cleaned yet. Press {go_sound}, then {clean} to clean it."
        if action == "compare" and self._comparison_take() is None:
            return "No linked retake. Press {retake} to link one."
        return ""

    # The playhead

    def show_position(self, at: Fraction) -> None:
        """Moves the playhead."""
        self.at = min(max(at, Fraction(0)), self.last_position)
        self.query_one(Timeline).set_position(self.at)
        self.query_one(TranscriptView).set_position(self.at)
        self.query_one(Filmstrip).set_position(self.at)
        self._update_readout()
        if self.console_app.player.follows(self.take):
            self.transport.show_words(spoken_text(self.media.transcript, self.at))
        if self.transport.speed:
            now = self.console_app.clock()
            if now - self._frame_requested_at >= 1 / self.console_app.link.frames_per_second:
                self._frame_requested_at = now
                self._request_frames(self.at)
            if now - self._saved_at >= _SAVE_INTERVAL_S:
                self._saved_at = now
                self.console_app.update_session(playhead=self.at)
            return
        self.update_key_hints()
        self._frame_debouncer.trigger()
        self._session_debouncer.trigger()

    def _update_readout(self) -> None:
        app, take, readout = self.console_app, self.take, self.query_one(PlayheadReadout)
        if take is None:
            readout.readout = None
            return
        readout.readout = build_readout(
            take,
            app.snapshot.review(take),
            app.snapshot.condition(take),
            self.media,
            self.at,
            self.rate,
            marker=self.marker,
            clean_report=self.clean_report,
            side=self.side if self.cleaned else "",
            plain=app.plain,
        )

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
            still.set_image(None, self.with_keys("Log: press {go_takes}, then {answer} to confirm colour"))
        elif width := still.image_width(picture.display_width / picture.display_height):
            still.request(FrameRequest(slot, take, int(at * picture.frame_rate), width))
        else:
            still.set_image(
                None, f"{timecode(int(at * picture.frame_rate), picture.frame_rate)} {picture.encoding_name}"
            )

    def _seek_target(self, kind: str, direction: int) -> Fraction | None:
        """Returns the next target of a kind, or with -1 the previous one."""
        return (self._targets.after if direction > 0 else self._targets.before)(kind, self.at)

    @on(SeekRequested)
    def _seek_requested(self, went: SeekRequested) -> None:
        self.transport.stop()
        self.transport.seek(went.at)

    # Actions

    def action_seek_to(self, kind: str, direction: Literal[-1, 1]) -> None:
        """Seeks to the next word, sentence, speaker, silence or marker, or with -1 to the previous one."""
        if (target := self._seek_target(kind, direction)) is not None:
            self.transport.stop()
            self.transport.seek(target)

    def action_step_frames(self, steps: int) -> None:
        """Seeks by frames."""
        self.transport.stop()
        self.transport.seek(Fraction(max(0, int(self.at * self.rate) + steps)) / self.rate)

    def action_start(self) -> None:
        """Seeks to the start."""
        self.transport.seek(Fraction(0))

    def action_finish(self) -> None:
        """Seeks to the end."""
        self.transport.seek(self.last_position)

    def action_step_takes(self, steps: int) -> None:
        """Selects the next take, or with -1 the previous one."""
        take = self.adjacent_take(steps)
        if take is None:
            return
        if self._comparison:
            self.action_compare()
        self.console_app.select_take(take)
        self.show_snapshot(self.console_app.snapshot)

    def action_retake(self) -> None:
        self.prompt_retake()

    def action_side(self) -> None:
        """Switches between raw and cleaned sound, loudness-matched."""
        assert self.cleaned
        path, report = self.cleaned
        self.side = "raw" if self.side == "cleaned" else "cleaned"
        gain = report.before.integrated_lufs - report.after.integrated_lufs
        if self.take:
            self.console_app.player.select_audio(self.take, path if self.side == "cleaned" else None, gain)
        self._update_readout()

    def action_compare(self) -> None:
        """Opens or closes the comparison with the linked retake."""
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
        # Each job is read once, so that an error is shown once.
        if not jobs or jobs[0].id == self._checked_job:
            return
        self._checked_job = jobs[0].id
        self.console_app.submit(find_cleaned(take.id, jobs[0], self.post_message))

    @on(CleanedAudioFound)
    def _set_cleaned(self, event: CleanedAudioFound) -> None:
        if self.take and self.take.id == event.take:
            self.cleaned = event.found
            self._update_readout()
