"""The Review screen: a take with frame, filmstrip, timeline, transcript and meters, all at one playhead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import ClassVar, Literal

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from cwtui.console.actions import BY_ID
from cwtui.console.messages import FrameLoaded, FrameRequest, SeekRequested
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.empty_state import NO_TAKES
from cwtui.console.screens.review.cleaned_sound import CleanedAudioFound, CleanedSound
from cwtui.console.screens.review.compared_side import ComparedSide
from cwtui.console.screens.review.comparison import SLOTS, Comparison, ComparisonLoaded
from cwtui.console.screens.review.markers import MarkerActions
from cwtui.console.screens.review.navigation import SeekTargets, no_target_reason, seek_targets, spoken_text
from cwtui.console.screens.review.overlays import OverlayActions
from cwtui.console.screens.review.picture_pane import pane_width, request_frame
from cwtui.console.screens.review.ranges import RangeActions
from cwtui.console.screens.review.readout import PlayheadReadout, build_readout
from cwtui.console.screens.review.words import WordActions
from cwtui.console.screens.transport import Transport
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.filmstrip import Filmstrip
from cwtui.console.widgets.frame_view import WAITING, FrameView
from cwtui.console.widgets.timeline import Timeline, TimelineData
from cwtui.console.widgets.transcript_view import TranscriptView
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from cwtui.formatting import format_seconds, frame_rate_of
from cwtui.observation_text import observation_page
from engine.catalog import Marker, Take

_SAVE_DELAY_S = 0.4
_SAVE_INTERVAL_S = 1.0


class ReviewScreen(ModeScreen):
    """The selected take in detail."""

    MODE: ClassVar[str] = "review"

    def __init__(self) -> None:
        super().__init__()
        self.at = Fraction(0)
        self.transport = Transport(self)
        self.comparison = Comparison(self)
        self.overlays = OverlayActions(self, lambda: self.comparison.is_open)
        self._parts = (MarkerActions(self), RangeActions(self), WordActions(self), self.overlays)
        self._shown: str | None = None
        self.seek_targets = SeekTargets()
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, lambda: self._request_frames(self.at))
        self._session_debouncer = Debouncer(
            self, _SAVE_DELAY_S, lambda: self.console_app.update_session(playhead=self.at)
        )
        self._frame_requested_at = self._saved_at = 0.0
        self.cleaned_sound = CleanedSound(self)
        self._inactive = False

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="upper-pane"):
            yield ComparedSide(self.console_app.picture_output, "frame", id="this-take")
            yield ComparedSide(self.console_app.picture_output, "other-frame", id="other-take")
            yield TranscriptView(id="transcript")
        yield Filmstrip(self.console_app.picture_output, id="filmstrip")
        yield Timeline(id="timeline")
        yield PlayheadReadout()

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The screen, its transport, markers, ranges, words, overlays, comparison and sound."""
        return (self, self.transport, *self._parts, self.comparison, self.cleaned_sound)

    @property
    def leading_actions(self) -> Sequence[str]:
        """In a comparison its own actions, and the decisions."""
        return ("other_side", "swap_sides", "pick_winner", "compare") if self.comparison.is_open else ()

    # The take

    @property
    def sides(self) -> tuple[ComparedSide, ComparedSide]:
        """The left and the right side; the right one is shown in a comparison."""
        return self.query_one("#this-take", ComparedSide), self.query_one("#other-take", ComparedSide)

    @property
    def playhead(self) -> Fraction:
        """The playhead's position."""
        return self.at

    @property
    def played(self) -> Take | None:
        """The take."""
        return self.take

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
    def idle(self) -> bool:
        """Whether the frame is requested and the session saved."""
        return self._frame_debouncer.idle and self._session_debouncer.idle

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows the studio or another take."""
        take = self.take
        self.set_class(take is None, "-none")
        if take is None:
            self.update_readout()
            return
        if take.id != self._shown:
            self._shown = take.id
            self.transport.stop()
            self.cleaned_sound.reset()
            self.at = min(self.console_app.session.playhead, self.last_position)
            if not self.comparison.has(take):
                self.comparison.close()
                self.sides[0].frame.set_image(
                    None, WAITING if take.probe.picture or take.probe.observation else "Audio only"
                )
        elif self._inactive:
            self.at = min(self.console_app.session.playhead, self.last_position)
        self._inactive = False
        self.comparison.update()
        self.cleaned_sound.find(take, self.post_message)
        self._update_widgets(take)
        self.show_position(self.at)
        self.transport.sync_with_player()

    def _update_widgets(self, take: Take) -> None:
        snapshot, media = self.console_app.snapshot, self.media
        markers, review = snapshot.markers_of(take), snapshot.review(take)
        self.seek_targets = seek_targets(media.transcript, media.levels, markers, take.probe.duration)
        said = [Fraction((one.at - take.captured_at).total_seconds()).limit_denominator(100) for one in snapshot.cues]
        cues = tuple(at for at in said if 0 <= at <= take.probe.duration)
        self.query_one(Timeline).set_data(
            TimelineData(
                max(take.probe.duration, Fraction(1, 1000)), media.levels, media.transcript, markers,
                self.seek_targets.silences, review.ranges, cues, snapshot.condition(take).damage,
            )
        )  # fmt: skip
        none = "No transcript yet. Press {go_takes}, then {prepare} to make it."
        none = "Transcribing …" if self._has_open_jobs(take) else self.with_keys(none)
        none = "No speech found." if media.transcript else none
        if take.probe.observation:
            none = observation_page(take.probe.observation)
        self.query_one(TranscriptView).set_transcript(media.transcript, media.error or none)
        self.query_one(Filmstrip).set_take(take)
        self.update_readout()
        self._fit_picture()

    def _has_open_jobs(self, take: Take) -> bool:
        return any(job.state.open and job.parameters.get("take") == take.id for job in self.console_app.snapshot.jobs)

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Shows levels and transcript."""
        if any(event.take == take.id for take in self.comparison.takes):
            self.comparison.reload()
        if self.take and event.take == self.take.id:
            self._update_widgets(self.take)
            self.show_position(self.at)

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame."""
        request = event.request
        if request.slot.startswith("filmstrip"):
            self.query_one(Filmstrip).show_frame(event)
        elif request.slot in SLOTS:
            takes = self.comparison.takes or ((self.take,) if self.take else ())
            side = SLOTS.index(request.slot)
            if side < len(takes) and isinstance(request, FrameRequest) and request.take.id == takes[side].id:
                self.sides[side].frame.show_frame(event)
                self.overlays.frame_loaded(event)

    def deactivate(self) -> None:
        """Stops playback."""
        self.transport.stop()
        self.console_app.frame_loader.cancel("")
        for still in self.query(FrameView):
            still.release()
        self._inactive = True
        self.console_app.update_session(playhead=self.at)

    def on_resize(self) -> None:
        """Gives the picture its room again."""
        self.call_after_refresh(self._fit_picture)

    def _fit_picture(self) -> None:
        """Makes the picture's pane as wide as the picture at full height, so that the transcript gets the rest."""
        side, output = self.sides[0], self.console_app.picture_output
        width = None
        if not self.comparison.is_open:
            pane = self.query_one("#upper-pane").content_size
            width = pane_width(self.take, pane, self.size.width, output.protocol, output.cell)
        if width is None:
            side.styles.clear_rule("width")
        else:
            side.styles.width = width

    def on_frame_view_size_changed(self) -> None:
        self._frame_debouncer.trigger()

    def on_mount(self) -> None:
        self.watch(self.app, "app_focus", self._focused, init=False)

    def _focused(self, focused: bool) -> None:
        if not focused and not self.console_app.player.follows(self.take):
            self.transport.stop()

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        partner = self.comparison.other or self.comparison.linked_take
        return {
            "at": format_seconds(self.at),
            "to": format_seconds(min(self.at + 1 / self.rate, self.last_position + 1 / self.rate)),
            "other": str(partner.number) if partner else "TAKE",
            **{name: value for part in self._parts for name, value in part.command_values().items()},
        }

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled."""
        if self.take is None:
            return "" if BY_ID[action].is_global else NO_TAKES
        name, arguments = BY_ID[action].method
        if name == "seek_to" and self._seek_target(*arguments) is None:
            kind, direction = arguments
            has_words = self.media.transcript is not None
            return no_target_reason(kind, direction, has_words, self._has_open_jobs(self.take))
        if action == "side" and not self.cleaned_sound.available:
            return "Dialog not cleaned yet. Press {go_sound}, then {clean} to clean it."
        parts = (*self._parts, self.comparison)
        return next((reason for part in parts if (reason := part.disabled_reason(action))), "")

    # The playhead

    def show_position(self, at: Fraction) -> None:
        """Moves the playhead."""
        self.at = min(max(at, Fraction(0)), self.last_position)
        self.query_one(Timeline).set_position(self.at)
        self.query_one(TranscriptView).set_position(self.at)
        self.query_one(Filmstrip).set_position(self.at)
        self.comparison.show_position(self.at)
        self.update_readout()
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

    def update_readout(self) -> None:
        """Shows what is at the playhead."""
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
            clean_report=self.cleaned_sound.report,
            side=self.cleaned_sound.side,
            speed=self.transport.speed,
            plain=app.plain,
            overlay=self.overlays.text,
        )

    def _request_frames(self, at: Fraction) -> None:
        take = self.take
        if take is None or not self.is_current:
            return
        if self.comparison.is_open:
            self.comparison.request_frames(at)
        else:
            request_frame(SLOTS[0], take, at, self.sides[0].frame, self.overlays.shown)

    def _seek_target(self, kind: str, direction: int) -> Fraction | None:
        """Returns the next target of a kind, or with -1 the previous one."""
        return (self.seek_targets.after if direction > 0 else self.seek_targets.before)(kind, self.at)

    def pause(self) -> None:
        """Pauses the playhead."""
        self.transport.stop()

    @on(SeekRequested)
    def _seek_requested(self, went: SeekRequested) -> None:
        self.transport.stop()
        self.transport.seek(went.at)

    @on(TranscriptView.WordSelected)
    async def _word_selected(self) -> None:
        await self.console_app.action_dispatch("correct_word")

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
        """Selects the next take, or with -1 the previous one; in a comparison, for this side."""
        other, take = self.comparison.other, self.adjacent_take(steps)
        if take and other and take.id == other.id:
            take = self.adjacent_take(2 * steps)
        if take is None:
            return
        self.comparison.replace(take)
        self.show_take(take)

    def show_take(self, take: Take, at: Fraction = Fraction(0)) -> None:
        """Shows a take at a time in seconds. Playback stops first, also that of the take's window."""
        self.transport.stop()
        self.console_app.update_session(take=take.id, playhead=at)
        self.show_snapshot(self.console_app.snapshot)

    def action_retake(self) -> None:
        self.prompt_retake(self.comparison.other)

    # The comparison

    def show_comparison(self, on: bool) -> None:
        """Shows one side or both."""
        self.set_class(on, "-pair")
        self._fit_picture()
        self.call_after_refresh(lambda: self._request_frames(self.at))

    @on(ComparedSide.Selected)
    def _side_selected(self, event: ComparedSide.Selected) -> None:
        self.comparison.focus(self.sides.index(event.side))
        if event.at is not None:
            self.transport.seek(event.at)

    @on(ComparisonLoaded)
    def _comparison_loaded(self, event: ComparisonLoaded) -> None:
        self.comparison.loaded(event)
        self._frame_debouncer.trigger()

    @on(CleanedAudioFound)
    def _cleaned_found(self, event: CleanedAudioFound) -> None:
        self.cleaned_sound.set_found(event)
        self.update_readout()
