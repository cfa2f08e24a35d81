"""The subject of Look: a take or a clip of the cut, at a playhead."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from cwtui.console.messages import ClipMoment
from cwtui.formatting import frame_rate_of
from engine.catalog import Take
from engine.time import timecode

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.keyframes import KeyframeCurve
    from engine.timeline import Clip, Cut


class SubjectView(Protocol):
    """A screen that shows a take or a clip."""

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        ...

    def adjacent_take(self, steps: int) -> Take | None:
        """The take so many steps away."""
        ...

    def values_changed(self) -> None:
        """Shows the rows and the picture again."""
        ...


class LookSubject:
    """The take of the console, or the clip of the cut if it is a clip of this take."""

    def __init__(self, screen: SubjectView) -> None:
        self._screen = screen
        # Which of the two the user has chosen; None: the clip, if it shows the take.
        self._prefers_clip: bool | None = None
        # The playhead of each clip, in ticks from its start.
        self._offsets: dict[str, int] = {}

    @property
    def take(self) -> Take | None:
        """The take that is shown, also that of the clip."""
        app, clip = self._screen.console_app, self.clip
        return app.snapshot.by_id.get(clip.take or "") if clip else app.take

    @property
    def cut(self) -> Cut | None:
        """The cut that the screen shows."""
        snapshot = self._screen.console_app.snapshot
        return snapshot.cut.cut if snapshot.cuts and snapshot.cut else None

    @property
    def clip(self) -> Clip | None:
        """The clip that is shown; None for a take."""
        candidate, app = self._candidate, self._screen.console_app
        if candidate is None or self._prefers_clip is False:
            return None
        return candidate if self._prefers_clip or (app.take and candidate.take == app.take.id) else None

    @property
    def index(self) -> int | None:
        """The index of the clip."""
        cut, clip = self.cut, self.clip
        return cut.index_of(clip.id) if cut and clip else None

    @property
    def clip_tick(self) -> int:
        """The playhead in ticks of the cut."""
        cut, clip, index = self.cut, self.clip, self.index
        assert cut
        assert clip
        assert index is not None
        return cut.positions[index] + min(self._offsets.get(clip.id, 0), clip.length - 1)

    @property
    def time(self) -> Fraction:
        """The playhead on the clock of the take, in seconds."""
        cut, clip, index, app = self.cut, self.clip, self.index, self._screen.console_app
        if cut and clip and index is not None:
            return Fraction(clip.start + self.clip_tick - cut.positions[index]) / cut.rate
        take = self.take
        last = max(Fraction(0), take.probe.duration - 1 / frame_rate_of(take)) if take else Fraction(0)
        return min(app.session.playhead, last)

    @property
    def tick(self) -> int:
        """The frame of the take at the playhead."""
        return int(self.time * frame_rate_of(self.take))

    def moment(self, look: str) -> ClipMoment | None:
        """The place in the cut; keyframes are those of the clip if it has this look."""
        clip, index = self.clip, self.index
        if clip is None or index is None:
            return None
        return ClipMoment(index, self.clip_tick, self.time, clip.animation if clip.look == look else ())

    def curves(self, look: str) -> dict[str, KeyframeCurve]:
        """The curves of the clip's parameters, if it has this look."""
        clip = self.clip
        if clip is None or clip.look != look or not clip.animation:
            return {}
        from engine.timeline import curves_of

        return curves_of(clip)

    @property
    def caption(self) -> str:
        """The take or the clip, and the timecode of the frame."""
        cut, take, index = self.cut, self.take, self.index
        if take is None:
            return ""
        if cut and index is not None:
            return f"{cut.name} · clip {index + 1} · {timecode(self.clip_tick, cut.rate)}"
        return f"{take.label} · {timecode(self.tick, frame_rate_of(take))}"

    def action_look_subject(self) -> None:
        """Shows the take instead of the clip, or the clip instead of the take."""
        app = self._screen.console_app
        if self._candidate is None:
            app.show_message("There is no cut with a clip. Press {go_cut}, then {new_cut} to make one.", "refused")
            return
        self._prefers_clip = self.clip is None
        self._screen.values_changed()

    def action_seek_frames(self, frames: int) -> None:
        """Moves the playhead by frames."""
        cut = self.cut
        self._seek(frames, Fraction(frames) / (cut.rate if cut and self.clip else frame_rate_of(self.take)))

    def action_seek_seconds(self, seconds: int) -> None:
        """Moves the playhead by seconds."""
        cut = self.cut
        self._seek(round(seconds * cut.rate) if cut else 0, Fraction(seconds))

    def action_step_subject(self, steps: int) -> None:
        """Shows another take, or another clip of the cut."""
        app, cut, index = self._screen.console_app, self.cut, self.index
        if cut is None or index is None:
            if take := self._screen.adjacent_take(steps):
                app.select_take(take)
                self._screen.values_changed()
            return
        shown = [n for n, clip in enumerate(cut.clips) if clip.take in app.snapshot.by_id]
        at = shown.index(index) + steps
        if not 0 <= at < len(shown):
            app.show_message("This is the last clip." if steps > 0 else "This is the first clip.", "refused")
            return
        clip = cut.clips[shown[at]]
        app.update_session(clip=clip.id)
        app.select_take(app.snapshot.by_id[clip.take or ""])
        self._screen.values_changed()

    def _seek(self, ticks: int, seconds: Fraction) -> None:
        clip, take, app = self.clip, self.take, self._screen.console_app
        if clip:
            self._offsets[clip.id] = min(max(self._offsets.get(clip.id, 0) + ticks, 0), clip.length - 1)
        elif take:
            last = max(Fraction(0), take.probe.duration - 1 / frame_rate_of(take))
            app.update_session(playhead=min(max(self.time + seconds, Fraction(0)), last))
        self._screen.values_changed()

    @property
    def _candidate(self) -> Clip | None:
        """The clip of the cut that Cut shows, or the first one of the take."""
        app, cut = self._screen.console_app, self.cut
        if cut is None:
            return None
        usable = [clip for clip in cut.clips if clip.take in app.snapshot.by_id]
        here = next((clip for clip in usable if clip.id == app.session.clip), None)
        of_take = next((clip for clip in usable if app.take and clip.take == app.take.id), None)
        return here or of_take or next(iter(usable), None)
